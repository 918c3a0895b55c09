"""CloudFormation's functions, worked out apart from the emulator: what the template means once its resources exist."""

import re

PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")
# The third colon is followed by a version's id, or nothing for the newest.
SECRET = re.compile(r"\{\{resolve:secretsmanager:(.+?):SecretString(?::::([^}:]*))?\}\}")


class NoValue:
    """Stands where `AWS::NoValue` takes a property away."""


class Resolver:
    """Works out values. `names` answers parameters and pseudo parameters, `resource` a resource that exists by its
    logical id, `secret` the value of a secret by its ARN."""

    def __init__(self, template, names, resource, secret):
        self.conditions = template.get("Conditions", {})
        self.names = {**names, "AWS::NoValue": NoValue}
        self.resource = resource
        self.secret = secret

    def value(self, node):
        """The value of anything in a template."""
        if isinstance(node, list):
            return [item for item in map(self.value, node) if item is not NoValue]
        if isinstance(node, str):
            return SECRET.sub(lambda found: self.secret(found[1], found[2]), node)
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(name, argument)] = node.items()
            # `Condition` is a key of policies too, with a map.
            if name in FUNCTIONS and not (name == "Condition" and isinstance(argument, dict)):
                return FUNCTIONS[name](self, argument)
            if name.startswith("Fn::"):
                raise NotImplementedError(f"tests/deploy/intrinsics.py needs {name}")
        worked_out = {key: self.value(item) for key, item in node.items()}
        return {key: item for key, item in worked_out.items() if item is not NoValue}

    def holds(self, condition):
        """Whether a condition of the template holds."""
        return self.value(self.conditions[condition])

    def ref(self, name):
        return self.names[name] if name in self.names else self.resource(name).ref

    def attribute(self, argument):
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        found = self.resource(name)
        if attribute not in found.attributes:
            raise NotImplementedError(f"tests/deploy/readers.py needs {attribute} of {name}")
        return found.attributes[attribute]

    def sub(self, argument):
        text, extra = argument if isinstance(argument, list) else (argument, {})

        def replaced(found):
            name = found[1].strip()
            if name in extra:
                return str(self.value(extra[name]))
            return str(self.attribute(name) if "." in name else self.ref(name))

        return self.value(PLACEHOLDER.sub(replaced, text).replace("${!", "${"))

    def choice(self, argument):
        condition, yes, no = argument
        return self.value(yes if self.holds(condition) else no)


FUNCTIONS = {
    "Ref": Resolver.ref,
    "Condition": Resolver.holds,
    "Fn::GetAtt": Resolver.attribute,
    "Fn::Sub": Resolver.sub,
    "Fn::If": Resolver.choice,
    "Fn::Equals": lambda self, two: str(self.value(two[0])) == str(self.value(two[1])),
    "Fn::Not": lambda self, one: not self.value(one[0]),
    "Fn::And": lambda self, all_of: all(self.value(item) for item in all_of),
    "Fn::Or": lambda self, any_of: any(self.value(item) for item in any_of),
    "Fn::Join": lambda self, argument: argument[0].join(map(str, self.value(argument[1]))),
    "Fn::Select": lambda self, argument: self.value(argument[1])[int(argument[0])],
    "Fn::Split": lambda self, argument: self.value(argument[1]).split(argument[0]),
}
