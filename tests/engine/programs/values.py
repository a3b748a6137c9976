"""Programs about values: unknown, secret, empty, nested, and named oddly."""

from tests.engine.programs.program import Small

VALUES = (
    Small(
        "unknown values in lists and objects",
        """
        a = Thing("a", size=1)
        Thing("b", list=[1, a.computed, {"deep": [a.id]}], object={"x": {"y": a.computed}, "z": "known"})
        Thing("c", text=pulumi.Output.format("{0} and {1}", a.computed, a.id), both=pulumi.Output.all(a.id, "x"))
        """,
    ),
    Small(
        "secrets, nested and mixed with what is unknown",
        """
        s = pulumi.Output.secret("hunter2")
        a = Thing("a", token=s, list=["plain", s], object={"deep": {"token": s}})
        Thing("b", of=pulumi.Output.secret(a.computed), text=pulumi.Output.concat("x", s), json=pulumi.Output.json_dumps({"t": s}))
        """,
        limits={
            r".*(properties|inputs)\.list: real \"\[secret\]\", offline \[.*\]": "to a provider that takes no secrets the "
            "engine makes a list secret as a whole if an item is"
        },
    ),
    Small(
        "empty values",
        """
        Thing("a", none=None, text="", list=[], object={}, zero=0, no=False, nested={"none": None, "list": []})
        """,
    ),
    Small(
        "numbers",
        'Thing("a", whole=3, part=0.5, big=12345678901, negative=-1, list=[1.0, 2.25])',
    ),
    Small(
        "a resource as a value",
        """
        a = Thing("a", size=1)
        group = Group("g", of=a)
        Thing("b", Options(parent=group), of=a, urn=a.urn)
        """,
        limits={
            r".*Group::g: inputs\.of: real \"urn:.*\", offline \"<unknown>\"": "the engine's report names a resource that "
            "a component is given; to packs it is its id, as it is offline"
        },
    ),
    Small(
        "assets",
        """
        Thing("a", text=pulumi.StringAsset("hello"), archive=pulumi.AssetArchive({"a": pulumi.StringAsset("x")}))
        """,
        limits={r".*\.hash: .*": "digests of assets are not worked out offline: nothing reads them"},
    ),
    Small(
        "odd names",
        """
        Thing("a b.c/d", size=1)
        Thing("ü-ß", size=1)
        a = Thing("a::b", size=1)
        pulumi.export("with space", 1)
        pulumi.export("a.b", {"c.d": [1, {"e": 2}], "ü": None})
        pulumi.export("", "empty")
        """,
    ),
    Small(
        "outputs of every kind",
        """
        a = Thing("a", size=1)
        group = Group("g")
        group.register_outputs({"computed": a.computed, "nested": {"list": [a.id, 1]}, "secret": pulumi.Output.secret(1)})
        pulumi.export("nested", {"list": [a.computed, {"x": 1}], "text": "t"})
        pulumi.export("secret", pulumi.Output.secret({"a": 1}))
        pulumi.export("unknown", a.computed)
        pulumi.export("resource", a)
        pulumi.export("none", None)
        """,
    ),
    Small(
        "settings",
        """
        config = pulumi.Config()
        Thing("a", text=config.get("text"), number=config.get_int("number"), flag=config.get_bool("flag"),
              object=config.get_object("object"), missing=config.get("missing"), other=pulumi.Config("other").get("x"))
        """,
        config={
            "small:text": "t",
            "small:number": "3",
            "small:flag": "true",
            "small:object": '{"a": [1, 2]}',
            "other:x": "y",
        },
    ),
    Small(
        "secret settings",
        """
        config = pulumi.Config()
        Thing("a", token=config.require_secret("token"), text=config.require("text"))
        """,
        config={"small:text": "t"},
        secrets={"small:token": "hunter2 and more"},
        limits={r"pack's settings .*token: .*": "a setting that is encrypted can't be read without the stack's key"},
    ),
    Small(
        "what the program knows of itself",
        """
        Thing("a", project=pulumi.get_project(), stack=pulumi.get_stack(), organization=pulumi.get_organization(),
              dry=pulumi.runtime.is_dry_run())
        """,
    ),
    Small(
        "an unknown value becomes known",
        """
        a = Thing("a", size=1)
        Thing("b", of=a.computed, id=a.id)
        """,
        earlier="""
        a = Thing("a", size=1)
        Thing("b", of=a.computed, id=a.id)
        """,
    ),
    Small(
        "an unknown value from something that changes",
        """
        a = Thing("a", size=2)
        Thing("b", of=a.computed)
        """,
        earlier="""
        a = Thing("a", size=1)
        Thing("b", of=a.computed)
        """,
        limits={
            r"toy:index:Thing::b: operation: real \"same\", offline \"may replace\"": "what may be replaced may change"
        },
    ),
    Small(
        "an unknown value from something that is replaced",
        """
        a = Thing("a", fixed=2)
        Thing("b", of=a.computed)
        """,
        earlier="""
        a = Thing("a", fixed=1)
        Thing("b", of=a.computed)
        """,
    ),
    Small(
        "a secret that changes",
        'Thing("a", token=pulumi.Output.secret("new and long"), size=1)',
        earlier='Thing("a", token=pulumi.Output.secret("old and long"), size=1)',
        limits={
            r"toy:index:Thing::a: operation: .*": "a stored secret is encrypted, so it isn't compared; the report says so"
        },
    ),
)
