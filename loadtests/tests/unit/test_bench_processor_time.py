from loadtests.benches.machine import processor_model
from loadtests.benches.processor_time import MACHINE, Sample, seconds_at, share_of_others

SAMPLES = [
    Sample(10.0, {"workers": 1.0, "broker": 0.0, MACHINE: 2.0}),
    Sample(11.0, {"workers": 2.0, "broker": 0.5, MACHINE: 4.0}),
    Sample(13.0, {"workers": 2.0, "broker": 0.5, MACHINE: 5.0}),
]


def test_a_moment_between_two_samples_lies_on_the_line_between_them() -> None:
    assert seconds_at(SAMPLES, "workers", 10.25) == 1.25
    assert seconds_at(SAMPLES, "workers", 11.0) == 2.0
    assert seconds_at(SAMPLES, "workers", 12.0) == 2.0


def test_a_moment_outside_the_samples_has_the_value_of_the_nearest() -> None:
    assert seconds_at(SAMPLES, "workers", 9.0) == 1.0
    assert seconds_at(SAMPLES, "workers", 99.0) == 2.0


def test_others_took_what_the_machine_took_and_the_families_did_not() -> None:
    assert share_of_others(SAMPLES, 10.0, 11.0, cores=2) == 0.25
    assert share_of_others(SAMPLES, 11.0, 13.0, cores=2) == 0.25


def test_others_took_nothing_of_no_time() -> None:
    assert share_of_others(SAMPLES, 11.0, 11.0, cores=2) == 0.0


def test_the_processor_is_named_where_the_kernel_names_it() -> None:
    assert processor_model("processor\t: 0\nmodel name\t: A Processor @ 2 GHz\nflags\t: fpu\n") == "A Processor @ 2 GHz"
    assert processor_model("processor\t: 0\n")
