"""The template as CloudFormation deploys it: expanded by SAM's transform, with conditions and references resolved."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from local.aws.template.intrinsics import Resolver, references_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = Any  # any part of a YAML document

ROOT = Path(__file__).parents[2]


def read_template() -> dict[str, Json]:
    """Returns the template as written, with short forms such as `!Ref` in their long form."""
    template: dict[str, Json] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return template


class Stack:
    """The resources of a stack with given parameters.

    The value of a reference to a resource is its logical id, that of an attribute its name, such as `Queue.Arn`; a log
    group's ARN ends in `:*`, as on AWS.
    """

    def __init__(self, parameters: Mapping[str, str] | None = None) -> None:
        expanded = _expand(read_template())
        resources: dict[str, Json] = expanded["Resources"]
        arns = {f"{name}.Arn": f"{name}.Arn:*" for name, it in resources.items() if it["Type"] == "AWS::Logs::LogGroup"}
        references = references_of(expanded, parameters or {}, "magento-sync")
        resolver = Resolver(references, arns, expanded["Conditions"])
        self.resources: dict[str, Json] = {
            name: {"Type": it["Type"], "Properties": resolver.resolve(it.get("Properties", {}))}
            for name, it in resources.items()
            if "Condition" not in it or resolver.holds(it["Condition"])
        }

    def of_type(self, kind: str) -> dict[str, dict[str, Json]]:
        """Returns the properties of all resources of a type by logical id."""
        return {name: it["Properties"] for name, it in self.resources.items() if it["Type"] == kind}

    def properties(self, name: str) -> dict[str, Json]:
        """Returns the properties of a resource."""
        found: dict[str, Json] = self.resources[name]["Properties"]
        return found

    def environment(self, function: str) -> dict[str, str]:
        """Returns the environment variables of a function."""
        variables: dict[str, str] = self.properties(function)["Environment"]["Variables"]
        return variables


def statements(stack: Stack) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yields every statement of the roles' and managed policies, with the logical id of its resource."""
    for name, role in stack.of_type("AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            yield from ((name, it) for it in policy["PolicyDocument"]["Statement"])
    for name, policy in stack.of_type("AWS::IAM::ManagedPolicy").items():
        yield from ((name, it) for it in policy["PolicyDocument"]["Statement"])


def as_list(value: Json) -> list[Json]:
    """Returns a value that AWS accepts alone or in a list as a list."""
    return value if isinstance(value, list) else [value]


def _expand(template: dict[str, Json]) -> dict[str, Json]:
    """Returns the result of SAM's transform, which requires uploaded code."""
    template = deepcopy(template)
    for resource in template["Resources"].values():
        for key in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][key] = "s3://bucket/key"
    expanded: dict[str, Json] = transform(template, {}, ManagedPolicyLoader(None))
    return expanded
