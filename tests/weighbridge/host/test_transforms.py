"""Transforms are called back in the engine's order, and what they leave alone stays as it was."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2
from pulumi.runtime.proto.alias_pb2 import Alias

from weighbridge.host import HostError
from weighbridge.host.transforms import Transforms
from weighbridge.host.wire import properties, to_struct, to_wire, value_of
from weighbridge.resources.values import items


class TransformingProgram(callback_pb2_grpc.CallbacksServicer):
    """Answers every transform: each adds its token to `seen`, and changes what `change` changes."""

    target = ""

    def __init__(self):
        self.change = lambda _question, _answer: None

    def Invoke(self, request, context):  # noqa: N802 - the protocol's name
        question = resource_pb2.TransformRequest.FromString(request.request)
        if request.token == "broken":  # noqa: S105 - a callback's name
            context.abort(grpc.StatusCode.UNKNOWN, "no such luck")
        answer = resource_pb2.TransformResponse(properties=question.properties, options=question.options)
        seen = items(properties(question.properties).get("seen"))
        answer.properties.CopyFrom(to_struct({"seen": [*seen, request.token]}))
        self.change(question, answer)
        return callback_pb2.CallbackInvokeResponse(response=answer.SerializeToString())


@pytest.fixture
def program():
    servicer = TransformingProgram()
    server = grpc.server(ThreadPoolExecutor(1))
    callback_pb2_grpc.add_CallbacksServicer_to_server(servicer, server)
    servicer.target = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield servicer
    server.stop(None)


@pytest.fixture
def transforms():
    found = Transforms()
    yield found
    found.close()


def request(program, *tokens, **fields):
    callbacks = [callback_pb2.Callback(target=program.target, token=token) for token in tokens]
    return resource_pb2.RegisterResourceRequest(type="a:b:C", name="n", custom=True, transforms=callbacks, **fields)


def seen(registration):
    return properties(registration.object).get("seen")


def test_its_own_come_first_then_those_of_the_nearest_ancestor_then_the_stack_s(program, transforms):
    transforms.apply(request(program, "outer"), "urn:outer", ())
    transforms.apply(request(program, "inner-1", "inner-2"), "urn:inner", ("urn:outer",))
    transforms.add_to_stack(callback_pb2.Callback(target=program.target, token="stack"))  # noqa: S106 - its name
    changed = transforms.apply(request(program, "own"), "urn:own", ("urn:inner", "urn:none", "urn:outer"))
    assert seen(changed) == ["own", "inner-1", "inner-2", "outer", "stack"]


def test_without_transforms_a_request_is_left_alone(program, transforms):
    untouched = request(program)
    assert transforms.apply(untouched, "urn:own", ("urn:none",)) is untouched


def test_options_that_a_transform_leaves_alone_stay_as_they_were(program, transforms):
    given = request(
        program,
        "own",
        protect=True,
        version="10.2.0",
        provider="urn:provider::id",
        deletedWith="urn:other",
        pluginDownloadURL="https://example.com",
        retainOnDelete=True,
        deleteBeforeReplace=True,
        deleteBeforeReplaceDefined=True,
        dependencies=["urn:a"],
        ignoreChanges=["b"],
        replaceOnChanges=["c"],
        aliases=[Alias(urn="urn:old")],
        additionalSecretOutputs=["d"],
        replace_with=["urn:source"],
        replacement_trigger=to_wire({"day": 1}),
        importId="projects/p",
        customTimeouts=resource_pb2.RegisterResourceRequest.CustomTimeouts(create="5m"),
    )
    changed = transforms.apply(given, "urn:own", ())
    assert seen(changed) == ["own"]
    changed.ClearField("object")
    assert changed == given


def test_a_transform_may_take_options_away_and_add_others(program, transforms):
    def change(_question, answer):
        answer.options.ClearField("ignore_changes")
        answer.options.ClearField("custom_timeouts")
        answer.options.protect = True
        answer.options.delete_before_replace = False
        answer.options.replacement_trigger.CopyFrom(to_wire(2))

    program.change = change
    timeouts = resource_pb2.RegisterResourceRequest.CustomTimeouts(create="5m")
    changed = transforms.apply(
        request(program, "own", ignoreChanges=["a"], customTimeouts=timeouts), "urn:own", ()
    )  # fmt: skip
    assert (changed.protect, list(changed.ignoreChanges)) == (True, [])
    assert not changed.HasField("customTimeouts")
    assert (changed.deleteBeforeReplace, changed.deleteBeforeReplaceDefined) == (False, True)
    assert value_of(changed.replacement_trigger) == 2


def test_a_transform_that_fails_ends_the_preview_in_words(program, transforms):
    with pytest.raises(HostError) as error:
        transforms.apply(request(program, "broken"), "urn:own", ())
    assert error.value.reason == "a transform of the program failed for 'n': no such luck"
