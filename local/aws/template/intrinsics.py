"""CloudFormation's intrinsic functions, parameters and pseudo parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local.aws.template.model import ACCOUNT, REGION
from local.errors import LocalStackError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NO_VALUE = object()
"""The value of `AWS::NoValue`: its property is omitted."""

_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")


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
            "Fn::GetAtt": lambda path: self._attribute(path if isinstance(path, str) else ".".join(path)),
            "Fn::Sub": self._substitute,
            "Fn::If": self._choose,
            "Fn::Equals": lambda two: self.resolve(two[0]) == self.resolve(two[1]),
            "Fn::Not": lambda one: not self.resolve(one[0]),
            "Fn::Split": lambda two: self.resolve(two[1]).split(self.resolve(two[0])),
        }

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 - any part of a template
        """Returns the value with every intrinsic function replaced.

        Raises:
            LocalStackError: It contains an unknown function or name.
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
        """Returns whether a condition of the template is true."""
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

    def _attribute(self, path: str) -> Any:  # noqa: ANN401 - any part of a template
        return self._attributes.get(path, path)

    def _substitute(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1].strip()
            return str(self._attribute(name) if "." in name else self._ref(name))

        return _PLACEHOLDER.sub(value, text).replace("${!", "${")

    def _choose(self, argument: list[Any]) -> Any:  # noqa: ANN401 - any part of a template
        condition, if_true, if_false = argument
        return self.resolve(if_true if self.holds(condition) else if_false)


def references_of(document: dict[str, Any], given: Mapping[str, str], stack_name: str) -> dict[str, Any]:
    """Returns the values of all parameters, pseudo parameters and resources; a resource's value is its logical id.

    `given` holds the parameters that differ from their defaults.

    Raises:
        LocalStackError: A given parameter does not exist, or a parameter has no value.
    """
    declared = document.get("Parameters", {})
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise LocalStackError(f"The template has no parameter {', '.join(unknown)}.")
    defaults = {name: parameter["Default"] for name, parameter in declared.items() if "Default" in parameter}
    missing = sorted(set(declared) - set(defaults) - set(given))
    if missing:
        raise LocalStackError(f"The template's parameter {', '.join(missing)} needs a value.")
    return {
        **{name: str(value) for name, value in {**defaults, **given}.items()},
        "AWS::AccountId": ACCOUNT,
        "AWS::Partition": "aws",
        "AWS::Region": REGION,
        "AWS::StackName": stack_name,
        "AWS::URLSuffix": "amazonaws.com",
        **{logical_id: logical_id for logical_id in document["Resources"]},
    }
