"""The same ten samples of two channels as each maker's instruments write them, after public exports of their models."""

from __future__ import annotations

ONE = [0.0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0, 0.25]
TWO = [-value for value in ONE]
START_S, INTERVAL_S = -2e-6, 1e-6
TIMES = [START_S + index * INTERVAL_S for index in range(len(ONE))]


def joined(*lines: str, end: str = "\n") -> str:
    """Join lines to a file."""
    return end.join([*lines, ""])


def rows(form: str, separator: str = ",", tail: str = "") -> list[str]:
    """Rows of a time and two values, each written in one form."""
    return [
        separator.join(form.format(number) for number in numbers) + tail
        for numbers in zip(TIMES, ONE, TWO, strict=True)
    ]


def five_columns() -> str:
    """Tektronix TDS/TBS: settings beside the samples; times get a second zero where no settings stand."""
    settings = [
        "Record Length,1.000000e+01", "Sample Interval,1.000000e-06", "Trigger Point,2.000000000000e+00", ",",
        "Source,CH1", "Vertical Units,V", "Vertical Scale,2.000000e-01", "Horizontal Units,s",
    ]  # fmt: skip
    beside = [*settings, ",", ","]
    return joined(
        *(f"{left},,{time:+.12f},{value:10.5f}," for left, time, value in zip(beside, TIMES, ONE, strict=True)),
        end="\r\n",
    )


def tektronix() -> str:
    """Tektronix MSO/DPO: settings above, with closing commas; the unit stands once."""
    return joined(
        "Model,MSO3012", "Firmware Version,2.40", "", "Waveform Type,ANALOG,", "Point Format,Y,", "Horizontal Units,s,",
        "Horizontal Scale,4e-05,", "Sample Interval,1e-06,", "Record Length,10,", "Gating,0.0% to 100.0%,",
        "Vertical Units,V,", "Vertical Offset,0,", ",,", ",,", "Label,,", "TIME,CH1,CH2", *rows("{:.4e}"),
    )  # fmt: skip


def rth() -> str:
    """Rohde & Schwarz RTH: settings above, semicolons, a current probe on the second channel."""
    return joined(
        "Model;RTH1004", "Firmware Version;'1.80.3.4'", "", "Waveform Type;ANALOG;", "Acquisition Mode;SAMPLE;",
        "Horizontal Unit;s;", "Sample Interval;1e-06;", "Record Length;10;", "Vertical Unit;V;A", ";;",
        "TIME;CH1;CH2", *rows("{:.6g}", ";"),
    )  # fmt: skip


def siglent() -> str:
    """Siglent SDS: settings with `Analog:`, names over units that may say `Value`."""
    return joined(
        "Record Length,Analog:10,", "Sample Interval,Analog:1.000000E-06,", "Vertical Units,CH1:V CH2:A,,",
        "Horizontal Units,s,", "Model Number,SDS1104X-U,", "Software Version,2.1.1.1.5R5,", "Source,CH1,CH2",
        "Second,Value,Value", *rows("{:+.6E}"),
    )  # fmt: skip


FILES = {
    "rigol numbered": joined(
        "X,CH1,CH2,Start,Increment,", "Sequence,Volt,Volt,-2.000000e-06,1.000000e-06",
        *(f"{index},{one:.2e},{two:.2e}," for index, (one, two) in enumerate(zip(ONE, TWO, strict=True))),
    ),
    "rigol memory": joined(
        "CH1(V),CH2(V),t0 = -2e-06s, tInc = 1e-06s,",
        *(f"{one:.4f},{two:.4f},," for one, two in zip(ONE, TWO, strict=True)),
    ),
    "rigol times": joined("Time(s),CH1(V),CH2(V)", *rows("{:.4E}")),
    "rigol early": joined("Time,X(CH1),X(CH2),", "Second,Volt,Volt,", *rows("{:.5e}", tail=",")),
    "rigol x over second": joined("X,CH1,CH2,", "Second,Volt,Volt,", *rows("{:.5e}", tail=",")),
    "keysight": joined("x-axis,1,2", "second,Volt,Volt", *rows("{:+.6E}"), end="\r\n"),
    "keysight segmented": joined("points/segment = 10", "x-axis,1,2", "second,Volt,Volt", *rows("{:+.6E}")),
    "tektronix": tektronix(),
    "tektronix digital": joined(
        "Model,MDO3014", "Sample Interval,1e-06,,Sample Interval,1e-06", "Record Length,1e+01,,Record Length,1e+01",
        "Vertical Units,V,,Vertical Units,V", "TIME,CH1,CH2,,TIME,D1",
        *(f"{row},,{row.split(',')[0]},1" for row in rows("{:.6e}")),
    ),
    "rohde & schwarz rtb": joined("in s,C1 in V,C2 in V", *rows("{:.7E}")),
    "rohde & schwarz rtb, german": joined("in s;C1 in V;C2 in V", *rows("{:.7E}", ";")).replace(".", ","),
    "rohde & schwarz rth": rth(),
    "siglent": siglent(),
    "siglent, names over units": joined("Source,CH1,CH2", "Second,Volt,Volt", *rows("{:.11f}")),
    "siglent, rate": joined(
        "Record Length,Analog:10", "Sample Rate,1000000.0", "Horizontal Scale, 0.000010000", "Source,CH1,CH2",
        "Second,Volt,Volt", *rows("{:.11f}"),
    ),
    "plain": joined("time,CH1,CH2", *rows("{:.6e}")),
}  # fmt: skip
"""Files that hold CH1 (C1) and CH2 (C2)."""

RTO_HEADER = joined(
    "Resolution:1e-06:", "RecordLength:10:", "XStart:-2e-06:", "XStop:8e-06:", "HardwareXStart:-4e-06:",
    "SignalHardwareRecordLength:14:", "TimestampState:Off:", "Source:Ch1:", "VerticalScale:0.2:",
)  # fmt: skip
RTO_SAMPLES = joined(*(f"{value:.4f}" for value in ONE))
