"""Programs about what resource options do."""

from tests.engine.cloud import Existing
from tests.engine.programs.program import Small

OPTIONS = (
    Small("nothing changes", 'Thing("a", size=1)', earlier='Thing("a", size=1)'),
    Small("an input changes", 'Thing("a", size=2)', earlier='Thing("a", size=1)'),
    Small("a resource goes and another comes", 'Thing("b", size=1)', earlier='Thing("a", size=1)'),
    Small(
        "an ignored change",
        'Thing("a", Options(ignore_changes=["size"]), size=2, other=1)',
        earlier='Thing("a", size=1, other=1)',
    ),
    Small(
        "an ignored change inside an object",
        'Thing("a", Options(ignore_changes=["spec.size"]), spec={"size": 2, "colour": "red"})',
        earlier='Thing("a", spec={"size": 1, "colour": "red"})',
    ),
    Small(
        "every change ignored",
        'Thing("a", Options(ignore_changes=["*"]), size=2, other=3)',
        earlier='Thing("a", size=1, other=1)',
    ),
    Small(
        "an ignored list, and an ignored item of one",
        'Thing("a", Options(ignore_changes=["zones", "sizes[1]"]), zones=["a"], sizes=[1, 2])',
        earlier='Thing("a", zones=["b", "c"], sizes=[8, 9])',
    ),
    Small(
        "a path that leads to every item of a list, ignored",
        'Thing("a", Options(ignore_changes=["pools[*].size"]), pools=[{"size": 1, "n": 1}, {"size": 2, "n": 2}])',
        earlier='Thing("a", pools=[{"size": 8, "n": 1}, {"size": 9, "n": 2}])',
    ),
    Small(
        "ignored paths that lead nowhere",
        """
        Thing("a", Options(ignore_changes=["spec.gone", "spec.fresh", "none.size", "deep.in.side", "a[", ".b"]),
              spec={"fresh": 1, "size": 2}, deep={"in": {"side": 1}})
        """,
        earlier='Thing("a", spec={"gone": 1, "size": 1})',
    ),
    Small(
        "an ignored change of what was renamed with an alias",
        'Thing("b", Options(aliases=[pulumi.Alias(name="a")], ignore_changes=["size"]), size=2)',
        earlier='Thing("a", size=1)',
    ),
    Small(
        "an ignored change, by a transform",
        """
        def keep(args):
            return pulumi.ResourceTransformResult(
                args.props, pulumi.ResourceOptions.merge(args.opts, Options(ignore_changes=["size"]))
            )

        pulumi.runtime.register_resource_transform(keep)
        Thing("a", size=2)
        """,
        earlier='Thing("a", size=1)',
    ),
    Small(
        "replaced with the resource that it is deleted with",
        """
        a = Thing("a", Options(replace_on_changes=["size"]), size=2)
        Thing("b", Options(deleted_with=a), name="n", size=1)
        """,
        earlier="""
        a = Thing("a", size=1)
        Thing("b", Options(deleted_with=a), name="n", size=1)
        """,
    ),
    Small(
        "a taken name that only the program replaces",
        'Thing("a", Options(replace_on_changes=["size"]), name="n", size=2)',
        earlier='Thing("a", name="n", size=1)',
    ),
    Small(
        "an ignored input of what is replaced",
        'Thing("a", Options(ignore_changes=["size"]), size=2, fixed=2)',
        earlier='Thing("a", size=1, fixed=1)',
        limits={
            r".*toy:index:Thing::a: (properties|inputs)\.size: real 2(\.0)?, offline 1(\.0)?": "a replacement takes "
            "what the program says, and the pack is asked before anybody knows that it is one"
        },
    ),
    Small(
        "a change that replaces because the program says so",
        'Thing("a", Options(replace_on_changes=["size"]), size=2)',
        earlier='Thing("a", size=1)',
    ),
    Small(
        "a taken name that is replaced because the program says so",
        'Thing("a", Options(replace_on_changes=["size"]), name="n", size=2)',
        earlier='Thing("a", name="n", size=1)',
    ),
    Small(
        "a taken name that is replaced with another",
        """
        a = Thing("a", Options(replace_on_changes=["size"]), size=2)
        Thing("b", Options(replace_with=[a]), name="n", size=1)
        """,
        earlier="""
        a = Thing("a", size=1)
        Thing("b", name="n", size=1)
        """,
    ),
    Small(
        "a taken name with a trigger that changes",
        'Thing("a", Options(replacement_trigger={"day": 2}), name="n", size=1)',
        earlier='Thing("a", Options(replacement_trigger={"day": 1}), name="n", size=1)',
    ),
    Small(
        "a first trigger, one that stays and one that goes",
        """
        Thing("a", Options(replacement_trigger="x"), name="a", size=1)
        Thing("b", Options(replacement_trigger="x"), name="b", size=1)
        Thing("c", name="c", size=1)
        """,
        earlier="""
        Thing("a", name="a", size=1)
        Thing("b", Options(replacement_trigger="x"), name="b", size=1)
        Thing("c", Options(replacement_trigger="x"), name="c", size=1)
        """,
    ),
    Small(
        "a trigger that nobody knows yet",
        """
        a = Thing("a", size=2)
        Thing("b", Options(replacement_trigger=a.computed), name="n", size=1)
        """,
        earlier="""
        Thing("b", Options(replacement_trigger="x"), name="n", size=1)
        """,
    ),
    Small(
        "a transform that has one replaced with another",
        """
        a = Thing("a", Options(replace_on_changes=["size"]), size=2)

        def with_a(args):
            return pulumi.ResourceTransformResult(
                args.props, pulumi.ResourceOptions.merge(args.opts, Options(replace_with=[a]))
            )

        Thing("b", Options(transforms=[with_a]), name="n", size=1)
        """,
        earlier="""
        a = Thing("a", size=1)
        Thing("b", name="n", size=1)
        """,
    ),
    Small(
        "a change inside an object that replaces because the program says so",
        'Thing("a", Options(replace_on_changes=["spec.size"]), spec={"size": 2, "colour": "red"})',
        earlier='Thing("a", spec={"size": 1, "colour": "red"})',
    ),
    Small(
        "deleted before it is replaced",
        'Thing("a", Options(replace_on_changes=["size"], delete_before_replace=True), size=2)',
        earlier='Thing("a", size=1)',
    ),
    Small(
        "what depends on something that is deleted before it is replaced",
        """
        a = Thing("a", Options(replace_on_changes=["size"], delete_before_replace=True), size=2)
        Thing("b", of=a.id)
        """,
        earlier="""
        a = Thing("a", size=1)
        Thing("b", of=a.id)
        """,
    ),
    Small(
        "a taken name that is replaced after all",
        'Thing("a", Options(replace_on_changes=["size"], delete_before_replace=False), name="n", size=2)',
        earlier='Thing("a", name="n", size=1)',
    ),
    Small(
        "kept when it is deleted",
        "",
        earlier='Thing("a", Options(retain_on_delete=True), size=1)',
    ),
    Small(
        "deleted with another",
        """
        a = Thing("a", size=1)
        Thing("b", Options(deleted_with=a), size=1)
        """,
    ),
    Small(
        "keeping is inherited from a component in a component",
        "",
        earlier="""
        outer = Group("o", Options(retain_on_delete=True))
        inner = Group("i", Options(parent=outer))
        Thing("a", Options(parent=inner), size=1)
        Thing("b", Options(parent=inner, retain_on_delete=False), size=1)
        """,
    ),
    Small(
        "deleted with another is inherited from a component",
        "",
        earlier="""
        a = Thing("a", size=1)
        group = Group("g", Options(deleted_with=a))
        Thing("b", Options(parent=group), size=1)
        """,
    ),
    Small("protected", 'Thing("a", Options(protect=True), size=2)', earlier='Thing("a", size=1)'),
    Small(
        "protection is inherited from a component",
        """
        group = Group("g", Options(protect=True))
        Thing("a", Options(parent=group), size=1)
        Thing("b", Options(parent=group, protect=False), size=1)
        """,
    ),
    Small(
        "imported",
        'Thing("a", Options(import_="toy:index:Thing/found"), name="found", size=1)',
        exists=(
            Existing(
                "toy:index:Thing/found",
                "toy:index:Thing",
                {"name": "found", "size": 1},
                {"id": "toy:index:Thing/found", "name": "found", "size": 1, "computed": "made"},
            ),
        ),
        limits={
            r"AnalyzeStack .*(computed|id): .*": "what the cloud has of something that is imported is not known offline"
        },
    ),
    Small(
        "renamed with an alias",
        'Thing("b", Options(aliases=[pulumi.Alias(name="a")]), size=1)',
        earlier='Thing("a", size=1)',
    ),
    Small(
        "renamed with an alias, and changed",
        'Thing("b", Options(aliases=["urn:pulumi:dev::small::toy:index:Thing::a"]), size=2)',
        earlier='Thing("a", size=1)',
    ),
    Small(
        "moved into a component with an alias",
        """
        group = Group("g")
        Thing("a", Options(parent=group, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]), size=1)
        """,
        earlier='Thing("a", size=1)',
    ),
    Small(
        "a component renamed with an alias, and all in it",
        """
        group = Group("h", Options(aliases=[pulumi.Alias(name="g")]))
        inner = Group("i", Options(parent=group))
        Thing("a", Options(parent=inner), size=1)
        """,
        earlier="""
        group = Group("g")
        inner = Group("i", Options(parent=group))
        Thing("a", Options(parent=inner), size=1)
        """,
    ),
    Small(
        "a component of another type with an alias",
        """
        group = Group("g", Options(aliases=[pulumi.Alias(type_="toy:index:Group")]), type_="toy:index:Team")
        Thing("a", Options(parent=group), size=1)
        """,
        earlier="""
        group = Group("g")
        Thing("a", Options(parent=group), size=1)
        """,
    ),
    Small(
        "times of its own",
        'Thing("a", Options(custom_timeouts=pulumi.CustomTimeouts(create="1h30m", update="45s")), size=1)',
    ),
    Small(
        "more secret outputs",
        """
        a = Thing("a", Options(additional_secret_outputs=["computed", "size"]), size=1)
        Thing("b", of=a.computed, size=a.id)
        """,
    ),
    Small("a version of the provider", 'Thing("a", Options(version="1.2.3"), size=1)\nThing("b", size=1)'),
    Small(
        "a provider from elsewhere",
        'Thing("a", Options(plugin_download_url="https://example.com/plugins", version="1.2.3"), size=1)',
    ),
    Small(
        "chains of dependencies",
        """
        a = Thing("a", size=1)
        b = Thing("b", Options(depends_on=[a]), size=1)
        c = Thing("c", Options(depends_on=[b]), size=1)
        group = Group("g", Options(depends_on=[c]))
        d = Thing("d", Options(parent=group), size=1)
        inner = Group("i", Options(parent=group))
        Thing("e", Options(parent=inner, depends_on=[a]), size=d.computed)
        Thing("f", Options(depends_on=[group]), size=1)
        """,
    ),
    Small(
        "replaced with another",
        """
        a = Thing("a", Options(replace_on_changes=["size"]), size=2)
        Thing("b", Options(replace_with=[a]), size=1)
        """,
        earlier="""
        a = Thing("a", size=1)
        Thing("b", size=1)
        """,
    ),
)
