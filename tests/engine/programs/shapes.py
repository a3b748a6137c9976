"""Programs about how resources come together: components, transforms, reads, calls, hooks and dynamic providers."""

from tests.engine.cloud import Existing
from tests.engine.programs.program import Small

FOUND = Existing(
    "toy:index:Thing/found",
    "toy:index:Thing",
    {"name": "found", "size": 1},
    {"id": "toy:index:Thing/found", "name": "found", "size": 1, "computed": "made"},
)

SHAPES = (
    Small(
        "components in components",
        """
        class Outer(Group):
            def __init__(self, name, opts=None):
                super().__init__(name, opts)
                self.inner = Group(f"{name}-in", Options(parent=self), colour="red")
                self.a = Thing(f"{name}-a", Options(parent=self.inner), size=1)
                self.b = Thing(f"{name}-b", Options(parent=self.a), of=self.a.id)
                self.register_outputs({"a": self.a.computed})

        one = Outer("one")
        two = Outer("two", Options(depends_on=[one]))
        Thing("after", Options(depends_on=[two]), of=one.a.computed)
        """,
    ),
    Small(
        "a transform of the whole stack",
        """
        def change(args):
            if args.type_ == "toy:index:Thing":
                return pulumi.ResourceTransformResult(
                    {**args.props, "owner": "ml", "size": 3}, Options.merge(args.opts, Options(protect=True)))

        pulumi.runtime.register_resource_transform(change)
        a = Thing("a", size=1)
        Thing("b", Options(parent=a), of=a.computed)
        """,
    ),
    Small(
        "transforms of one resource and of its parent",
        """
        def change(name):
            def changed(args):
                return pulumi.ResourceTransformResult(
                    {**args.props, name: "set", "list": [*(args.props.get("list") or []), name]},
                    Options.merge(args.opts, Options(ignore_changes=[name])))
            return changed

        group = Group("g", Options(transforms=[change("outer")]))
        Thing("a", Options(parent=group, transforms=[change("own")]), size=1)
        Thing("b", Options(parent=group), size=pulumi.Output.secret(1))
        """,
    ),
    Small(
        "a transform that makes things depend on one another",
        """
        a = Thing("a", size=1)

        def change(args):
            if args.name == "b":
                return pulumi.ResourceTransformResult(
                    {**args.props, "of": a.computed}, Options.merge(args.opts, Options(depends_on=[a])))

        pulumi.runtime.register_resource_transform(change)
        Thing("b", size=1)
        """,
    ),
    Small(
        "a transform that changes nothing keeps what depends on what",
        """
        pulumi.runtime.register_resource_transform(lambda args: pulumi.ResourceTransformResult(args.props, args.opts))
        a = Thing("a", size=1)
        Thing("b", of=a.computed, list=[a.id, pulumi.Output.secret(a.computed)], plain=1)
        """,
    ),
    Small(
        "a transform that changes every option",
        """
        p = Provider("p", colour="red")
        other = Thing("other", size=1)

        def change(args):
            if args.name == "a":
                return pulumi.ResourceTransformResult(args.props, Options(
                    provider=p, depends_on=[other], retain_on_delete=True, replace_on_changes=["size"],
                    delete_before_replace=True, aliases=[pulumi.Alias(name="old")], additional_secret_outputs=["size"],
                    custom_timeouts=pulumi.CustomTimeouts(create="5m"), deleted_with=other, version="2.0.0"))

        pulumi.runtime.register_resource_transform(change)
        Thing("a", size=1)
        """,
    ),
    Small(
        "transformations of the older kind",
        """
        def change(args):
            if args.type_ == "toy:index:Thing":
                return pulumi.ResourceTransformationResult({**args.props, "owner": "ml"}, args.opts)

        pulumi.runtime.register_stack_transformation(change)
        Thing("a", size=1)
        """,
    ),
    Small(
        "something that is read",
        """
        found = Thing("found", Options(id="toy:index:Thing/found"))
        Thing("b", of=found.urn)
        """,
        exists=(FOUND,),
    ),
    Small(
        "what is read of something",
        """
        found = Thing("found", Options(id="toy:index:Thing/found"))
        Thing("b", of=found.computed)
        """,
        exists=(FOUND,),
        limits={
            r".*Thing::(found|b): .*": "what the cloud has of a resource that is only read is not known offline",
        },
    ),
    Small(
        "a call that only the provider answers",
        """
        answer = pulumi.runtime.invoke("toy:index:lookup", {"question": "it"}).value["answer"]
        Thing("a", of=answer)
        """,
        limits={
            r"outcome: .*": "a call that only a provider can answer can't be answered offline: no verdict (exit 3)"
        },
    ),
    Small(
        "a call that depends on something unknown",
        """
        a = Thing("a", size=1)
        answer = a.computed.apply(lambda it: pulumi.runtime.invoke("toy:index:lookup", {"question": it}).value["answer"])
        Thing("b", of=answer)
        """,
    ),
    Small(
        "another stack's outputs",
        """
        other = pulumi.StackReference("organization/small/dev")
        Thing("a", of=other.get_output("x"))
        """,
        earlier="""
        pulumi.export("x", "known")
        """,
    ),
    Small(
        "another stack that doesn't exist",
        'pulumi.StackReference("organization/small/none")',
        limits={r"outcome: .*": "whether another stack exists is not known offline"},
    ),
    Small(
        "a dynamic provider",
        """
        from pulumi.dynamic import CreateResult, Resource, ResourceProvider

        class Counter(ResourceProvider):
            def create(self, props):
                return CreateResult("1", {**props, "out": 3})

        class Count(Resource):
            out: pulumi.Output[int]
            def __init__(self, name, x, opts=None):
                super().__init__(Counter(), name, {"x": x, "out": None}, opts)

        a = Count("a", 5)
        Count("b", a.out)
        """,
        dynamic=True,
    ),
    Small(
        "hooks",
        """
        def seen(args):
            raise RuntimeError("hooks do not run in a preview")

        hook = pulumi.ResourceHook("seen", seen)
        Thing("a", Options(hooks=pulumi.ResourceHookBinding(after_create=[hook], before_delete=[hook])), size=1)
        """,
    ),
    Small(
        "many resources at once",
        """
        for number in range(60):
            Thing(f"t{number:02}", number=number)
        """,
    ),
)
