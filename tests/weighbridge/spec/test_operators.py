"""What a spec may say of an operator: that this stack installs it, or that it is there."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from weighbridge.spec.operators import Operators


def test_nothing_is_there_unsaid():
    assert Operators() == Operators(jobset=None, ray=None, kubeflow_trainer=None)


@pytest.mark.parametrize("given", [{"jobset": True}, {"jobset": "absent"}, {"job_set": "present"}])
def test_anything_else_is_refused(given):
    with pytest.raises(ValidationError):
        Operators.model_validate(given)
