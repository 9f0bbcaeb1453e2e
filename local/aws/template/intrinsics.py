"""CloudFormation's intrinsic functions, as far as a template of functions, routes and queues needs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local.errors import LocalStackError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NO_VALUE = object()
"""What `AWS::NoValue` stands for: the property it is the value of is left out."""

_PLACE = re.compile(r"\$\{([^!}][^}]*)\}")


class Resolver:
    """Replaces intrinsic functions by their values.

    Args:
        references: Values of parameters, pseudo parameters and resources (`Ref`).
        attributes: Values of resources' attributes by `LogicalId.Attribute` (`Fn::GetAtt`).
        conditions: The template's conditions, unresolved.
    """

    def __init__(
        self, references: Mapping[str, Any], attributes: Mapping[str, Any], conditions: Mapping[str, Any]
    ) -> None:
        self._references = references
        self._attributes = attributes
        self._conditions = conditions
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Condition": self.holds,
            "Fn::GetAtt": self._attribute,
            "Fn::Sub": self._substitute,
            "Fn::If": self._choose,
            "Fn::Equals": lambda two: self.resolve(two[0]) == self.resolve(two[1]),
            "Fn::Not": lambda one: not self.resolve(one[0]),
            "Fn::And": lambda several: all(self.resolve(each) for each in several),
            "Fn::Or": lambda several: any(self.resolve(each) for each in several),
            "Fn::Join": lambda two: self.resolve(two[0]).join(self.resolve(two[1])),
            "Fn::Split": lambda two: self.resolve(two[1]).split(self.resolve(two[0])),
            "Fn::Select": lambda two: self.resolve(two[1])[int(self.resolve(two[0]))],
        }

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 - any part of a template
        """The value with every intrinsic function in it replaced.

        Raises:
            LocalStackError: A function or a name in it is not known here.
        """
        if isinstance(value, list):
            return [each for each in map(self.resolve, value) if each is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), *_ = value.items()
            if name in self._functions:
                return self._functions[name](argument)
            if str(name).startswith("Fn::"):
                raise LocalStackError(
                    f"The template uses {name}, which local/aws/template/intrinsics.py does not know: add it."
                )
        resolved = {key: self.resolve(each) for key, each in value.items()}
        return {key: each for key, each in resolved.items() if each is not NO_VALUE}

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template is true."""
        return bool(self.resolve(self._conditions[condition]))

    def _ref(self, name: str) -> Any:  # noqa: ANN401 - any part of a template
        if name == "AWS::NoValue":
            return NO_VALUE
        try:
            return self._references[name]
        except KeyError:
            raise LocalStackError(
                f"The template refers to {name}, which it does not define: correct the name."
            ) from None

    def _attribute(self, path: list[str]) -> Any:  # noqa: ANN401 - any part of a template
        name = ".".join(path)
        # Of resources that do not exist here only the name can be told.
        return self._attributes.get(name, name)

    def _substitute(self, argument: str | list[Any]) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else (argument[0], self.resolve(argument[1]))

        def value(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in own:
                return str(own[name])
            return str(self._attribute(name.split(".", 1)) if "." in name else self._ref(name))

        return _PLACE.sub(value, text).replace("${!", "${")

    def _choose(self, argument: list[Any]) -> Any:  # noqa: ANN401 - any part of a template
        condition, if_true, if_false = argument
        return self.resolve(if_true if self.holds(condition) else if_false)
