"""What is missing weighs more than what nobody could look at."""

from weighbridge.doctor.finding import CheckedNeed, Health, exit_code


def test_the_exit_code_is_that_of_the_worst():
    fine, unknown, missing = (
        CheckedNeed("x", health, "y") for health in (Health.FINE, Health.NOT_CHECKED, Health.MISSING)
    )
    assert exit_code([]) == exit_code([fine]) == 0
    assert exit_code([fine, unknown]) == 3
    assert exit_code([unknown, missing, fine]) == 1
