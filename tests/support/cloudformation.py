"""The template as CloudFormation sees it: expanded by SAM's own transform, conditions and references worked out."""

from __future__ import annotations

import re
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Json = Any  # YAML's tree: whatever a template may hold

ROOT = Path(__file__).parents[2]
NOTHING = object()  # AWS::NoValue
PSEUDO: dict[str, Json] = {
    "AWS::AccountId": "123456789012",
    "AWS::NoValue": NOTHING,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackName": "magento-sync",
    "AWS::URLSuffix": "amazonaws.com",
}


def read_template() -> dict[str, Json]:
    """The template as it is written, with short forms such as `!Ref` in their long form."""
    template: dict[str, Json] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return template


class Stack:
    """The resources that one set of parameters leads to.

    A reference to a resource becomes its logical id, and a log group's ARN ends in `:*`, as AWS makes it.
    """

    def __init__(self, parameters: Mapping[str, str] | None = None) -> None:
        template = read_template()
        self._values = PSEUDO | {name: str(it.get("Default", "")) for name, it in template["Parameters"].items()}
        self._values |= parameters or {}
        expanded = _expand(template)
        self._conditions = expanded["Conditions"]
        self._all: dict[str, Json] = expanded["Resources"]
        self.resources: dict[str, Json] = {
            name: {"Type": it["Type"], "Properties": self._work_out(it.get("Properties", {}))}
            for name, it in self._all.items()
            if "Condition" not in it or self._holds({"Condition": it["Condition"]})
        }

    def of_type(self, kind: str) -> dict[str, dict[str, Json]]:
        """The properties of all resources of a type, by logical id."""
        return {name: it["Properties"] for name, it in self.resources.items() if it["Type"] == kind}

    def properties(self, name: str) -> dict[str, Json]:
        """The properties of one resource."""
        found: dict[str, Json] = self.resources[name]["Properties"]
        return found

    def environment(self, function: str) -> dict[str, str]:
        """The environment variables of a function."""
        variables: dict[str, str] = self.properties(function)["Environment"]["Variables"]
        return variables

    def _work_out(self, node: Json) -> Json:
        if isinstance(node, list):
            return [it for it in map(self._work_out, node) if it is not NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(name, argument)] = node.items()
            if name in self._functions:
                return self._functions[name](argument)
        worked = {key: self._work_out(value) for key, value in node.items()}
        return {key: value for key, value in worked.items() if value is not NOTHING}

    @property
    def _functions(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "Ref": lambda name: self._values.get(name, name),
            "Fn::GetAtt": lambda it: self._attribute(*(it.split(".") if isinstance(it, str) else it)),
            "Fn::Sub": lambda text: re.sub(r"\$\{([\w:]+)\}", lambda it: str(self._values.get(it[1], it[1])), text),
            "Fn::Split": lambda it: self._work_out(it[1]).split(it[0]),
            "Fn::If": lambda it: self._work_out(it[1 if self._holds({"Condition": it[0]}) else 2]),
        }

    def _attribute(self, resource: str, attribute: str) -> str:
        if self._all[resource]["Type"] == "AWS::Logs::LogGroup":
            return f"{resource}.{attribute}:*"
        return f"{resource}.{attribute}"

    def _holds(self, condition: dict[str, Json]) -> bool:
        [(name, argument)] = condition.items()
        if name == "Condition":
            return self._holds(self._conditions[argument])
        if name == "Fn::Not":
            return not self._holds(argument[0])
        assert name == "Fn::Equals", f"teach this class {name}"
        left, right = map(self._work_out, argument)
        return bool(left == right)


def statements(stack: Stack) -> Iterator[tuple[str, dict[str, Json]]]:
    """Every statement of our roles and policies that grants something, with the resource that it stands in."""
    for name, role in stack.of_type("AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            yield from ((name, it) for it in policy["PolicyDocument"]["Statement"])
    for name, policy in stack.of_type("AWS::IAM::ManagedPolicy").items():
        yield from ((name, it) for it in policy["PolicyDocument"]["Statement"])


def as_list(value: Json) -> list[Json]:
    """A value that AWS lets stand alone or in a list."""
    return value if isinstance(value, list) else [value]


def _expand(template: dict[str, Json]) -> dict[str, Json]:
    """SAM's transform, which wants code that is uploaded already."""
    template = deepcopy(template)
    for resource in template["Resources"].values():
        for key in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][key] = "s3://bucket/key"
    expanded: dict[str, Json] = transform(template, {}, ManagedPolicyLoader(None))
    return expanded
