import os
import time

import pytest

from ledgergraph.documents.isolation import Apart
from ledgergraph.errors import BadInput, ServiceMissing


def doubled(number):
    return 2 * number


def refused(number):
    raise BadInput("empty", f"{number} is nothing.")


def ended(number):
    os.kill(os.getpid(), number)


def for_ever(number):
    while True:
        number += 1


def asleep(seconds):
    time.sleep(seconds)
    return seconds


def hungry(number):
    return len(bytearray(number))


def wrong(number):
    raise ZeroDivisionError(number)


def away(url):
    raise ServiceMissing(url, "Start it.")


@pytest.fixture(scope="module")
def apart():
    with Apart(memory_bytes=2 * 2**30) as apart:
        apart(doubled, 1)
        yield apart


def test_a_function_gives_what_it_gives_here(apart):
    assert apart(doubled, 21) == 42


def test_a_rejection_comes_back_as_it_was_raised(apart):
    with pytest.raises(BadInput, match="7 is nothing") as caught:
        apart(refused, 7)
    assert caught.value.reason == "empty"


def test_what_ends_its_process_is_a_rejection_and_the_next_is_read(apart):
    with pytest.raises(BadInput, match="exit code -11") as caught:
        apart(ended, 11)
    assert caught.value.reason == "crashed"


@pytest.mark.parametrize(("function", "number"), [(for_ever, 1), (asleep, 600)])
def test_what_takes_for_ever_is_a_rejection_whether_it_works_or_waits(function, number):
    with (
        Apart(seconds=0.2) as impatient,
        pytest.raises(BadInput, match=r"longer than 0\.2 s") as at,
    ):
        impatient(function, number)
    assert at.value.reason == "too_slow"


def test_time_in_which_the_process_does_not_run_is_not_counted():
    with Apart(seconds=1) as patient:
        assert patient(asleep, 1.2) == 1.2


def test_what_takes_too_much_memory_is_a_rejection(apart):
    with pytest.raises(BadInput) as caught:
        apart(hungry, 3 * 2**30)
    assert caught.value.reason == "too_hungry"


def test_an_error_of_the_code_is_a_rejection_that_is_to_be_reported(apart):
    with pytest.raises(BadInput, match=r"ZeroDivisionError: 3.*Report it") as caught:
        apart(wrong, 3)
    assert caught.value.reason == "failed"


def test_what_says_nothing_of_the_document_is_no_rejection(apart):
    with pytest.raises(RuntimeError, match="memory://elsewhere does not answer"):
        apart(away, "memory://elsewhere")


def test_after_all_of_these_it_still_reads():
    with Apart() as apart:
        with pytest.raises(BadInput):
            apart(ended, 9)
        assert apart(doubled, 4) == 8
