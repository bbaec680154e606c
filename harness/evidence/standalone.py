# ruff: noqa: C420, PLC0415, PLR2004, PTH115, T201, UP006, UP035 - Python 3.8 has to read it, in one small file that says what it finds
"""Check a run directory with nothing but this file and Python 3.8 or newer.

    python3 THIS_FILE RUN [--signed] [--signers N] [--signatories FILE]

It says what `stimcert verify` says, from code of its own: the manifest, the chain of records, the hash of each capture,
and the electronic signatures. Whose key a signature was made with follows from the signatories file only; reading that
one needs Python 3.11. Exit code 0: whole; 1: not so; 2: no run directory, or a wrong request. No other file is read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

Json = Dict[str, Any]
Point = Tuple[int, int, int, int]

MEANINGS = ("review", "approval", "responsibility", "authorship")
TEXTS = (
    *("file", "manifest_sha256", "signatory", "name", "role", "meaning"),
    *("comment", "signed", "time_zone", "public_key", "software"),
)
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


class Refusal(Exception):
    """Why nothing can be checked, with the exit code."""


# Ed25519: RFC 8032, section 5.1, on points (X, Y, Z, T) in extended homogeneous coordinates

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
NOTHING = (0, 1, 1, 0)
D = -121665 * pow(121666, P - 2, P) % P


def add_points(one: Point, other: Point) -> Point:
    """The sum of two points: RFC 8032, section 5.1.4."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar: int, point: Point) -> Point:
    """A point added to itself so many times."""
    total = NOTHING
    while scalar:
        if scalar & 1:
            total = add_points(total, point)
        point, scalar = add_points(point, point), scalar >> 1
    return total


def encode(point: Point) -> bytes:
    """The 32 bytes of a point: y, and the lowest bit of x."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(data: bytes) -> Point | None:
    """The point of 32 bytes, None where there is none: RFC 8032, section 5.1.3."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
BASE_Y = 46316835694926478169428394003475163141307993866256225615783033603165251855960
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """True where an Ed25519 signature (64 bytes) of a message is of this key (32 bytes): section 5.1.7."""
    point = decode(public_key)
    scalar = int.from_bytes(signature[32:], "little")
    # For a point of small order anybody can sign.
    if point is None or len(signature) != 64 or scalar >= L or encode(multiply(8, point)) == encode(NOTHING):
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    negative = (P - point[0], point[1], 1, P - point[3])
    found = add_points(multiply(scalar, BASE), multiply(int.from_bytes(digest, "little") % L, negative))
    return encode(found) == signature[:32]


# The manifest and the records


def canonical(data: object) -> bytes:
    """One line of JSON: sorted keys, no blanks, ASCII."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def readable(data: object) -> bytes:
    """The form of the manifest."""
    return (json.dumps(data, indent=2, allow_nan=False) + "\n").encode("ascii")


def entry_of(path: Path) -> Json:
    """What the manifest says of a file, a link or a folder."""
    if path.is_symlink():
        return {"link": os.readlink(str(path))}
    if path.is_dir():
        return {"folder": True}
    if not path.is_file():
        return {"special": True}
    digest, length = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
                length += len(block)
    except OSError as error:
        return {"unreadable": error.strerror or str(error)}
    return {"bytes": length, "sha256": digest.hexdigest()}


def listed(run: Path) -> Dict[str, Json]:
    """Everything in a run directory but manifest and signatures."""
    found = {}
    for path in sorted(run.rglob("*")):
        name = path.relative_to(run).as_posix()
        if name != "manifest.json" and not name.startswith("signatures/"):
            entry = entry_of(path)
            found[name + "/" if "folder" in entry else name] = entry
    found.pop("signatures/", None)
    return found


def sealed(path: Path) -> Json | None:
    """What a manifest lists, None where it was touched."""
    try:
        stored = path.read_bytes()
        files = json.loads(stored)["files"]
        content = {"schema": 1, "files": files}
        content["manifest_sha256"] = hashlib.sha256(readable(content)).hexdigest()
        sound = readable(content) == stored and all(isinstance(entry, dict) for entry in files.values())
    except (OSError, *UNREADABLE):
        return None
    return files if sound and not path.is_symlink() else None


def differences(due: Json, found: Json) -> dict[str, str]:
    """What is missing, added, altered or swapped."""
    problems = {name: "missing" for name in sorted(due.keys() - found.keys())}
    problems.update((name, "added") for name in sorted(found.keys() - due.keys()))
    altered = sorted(name for name in due.keys() & found.keys() if due[name] != found[name])
    for name in altered:
        others = [other for other in altered if found[other] == due[name] and due[other] == found[name]]
        problems[name] = "altered: swapped with " + others[0] if others else "altered"
    return problems


def lines_of(path: Path) -> Iterator[bytes]:
    """Whole lines, one after the other: a run may be larger than the memory."""
    try:
        with path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield line[:-1]
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror or error}") from error


def captures_of_records(path: Path) -> Json:
    """The hash of each capture that a record names; a ValueError where the chain is broken."""
    named: Json = {}
    previous = "0" * 64
    for number, line in enumerate(lines_of(path)):
        try:
            entry = json.loads(line)
            kind, data, digest = entry["kind"], entry["data"], entry.pop("sha256")
            sound = digest == hashlib.sha256(canonical(entry)).hexdigest()
            sound = sound and canonical(dict(entry, sha256=digest)) == line
            sound = sound and entry["previous"] == previous and entry["number"] == number
        except UNREADABLE:
            raise ValueError(f"{path}: line {number + 1} is not a record") from None
        if not sound:
            raise ValueError(f"{path}: line {number + 1} is not the one that was written after line {number}")
        previous = str(digest)
        if kind == "observation":
            try:
                named.update(("captures/" + str(file["file"]), file["sha256"]) for file in data["files"].values())
            except UNREADABLE:
                raise ValueError(f"record {number} names no captures, as an observation does") from None
    if previous == "0" * 64:
        raise ValueError("holds no record")
    return named


def check_files(run: Path) -> list[tuple[str, str]]:
    """Findings about everything but the signatures."""
    if not (run / "manifest.json").is_file():
        raise Refusal(f"{run}: has no manifest.json: the run was not ended, or the file was removed", 1)
    due, found = sealed(run / "manifest.json"), listed(run)
    if due is None:
        # Perhaps it changed places with another file.
        others = (sealed(run / name) for name, entry in found.items() if "sha256" in entry)
        problems = differences(next((other for other in others if other is not None), found), found)
        problems["manifest.json"] = "altered"
    else:
        problems = differences(due, found)
    if "records.jsonl" not in problems:
        try:
            named = captures_of_records(run / "records.jsonl")
        except ValueError as error:
            problems["records.jsonl"] = str(error)
        else:
            # A capture that no record names may be of an observation that was interrupted.
            for name in sorted(named):
                if found.get(name, {}).get("sha256") != named[name]:
                    problems.setdefault(name, "is not the capture that a record names")
    order = {"missing": 0, "added": 1}
    return [(name, problems[name]) for name in sorted(problems, key=lambda name: order.get(problems[name], 2))]


# Signatures


def moment(text: str) -> datetime:
    """A time with its offset from UTC."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or found.isoformat(timespec="seconds") != text:
        raise ValueError(text)
    return found


def read_signature(data: bytes | None) -> Json | None:
    """The content of a signature, None for what is none in exactly the form in which one is written."""
    try:
        content = json.loads(data or b"")
        sound = canonical(content) + b"\n" == data and content.keys() == {*TEXTS, "earlier", "schema", "signature"}
        sound = sound and type(content["schema"]) is int and content["schema"] == 1
        sound = sound and all(isinstance(content[key], str) and content[key].isprintable() for key in TEXTS)
        sound = sound and all(isinstance(digest, str) for digest in content["earlier"].values())
        sound = sound and content["meaning"] in MEANINGS and moment(content["signed"]) is not None
        sound = sound and re.fullmatch("[0-9a-f]{64}", content["public_key"]) is not None
        sound = sound and re.fullmatch("[0-9a-f]{128}", str(content["signature"])) is not None
    except UNREADABLE:
        return None
    return content if sound else None


def objection(content: Json, name: str, manifest: str, ended: datetime | None) -> str:
    """Why a signature is none of this run; empty where it is one."""
    message = b"stimcert signature 1\n" + canonical({key: content[key] for key in content if key != "signature"})
    if not is_signed(bytes.fromhex(content["public_key"]), message, bytes.fromhex(content["signature"])):
        return "was changed after it was signed, or signed with another key than it names"
    if content["file"] != name:
        return f"was written as {content['file']}"
    if content["manifest_sha256"] != manifest:
        return "signs another manifest.json than the one that is here"
    if ended is not None and moment(content["signed"]) < ended:
        return f"is dated {content['signed']}, before the run ended"
    return ""


def disowned(content: Json, signatories: Json) -> str:  # noqa: PLR0911 - one sentence each
    """Why a signature counts for nothing by the signatories file; empty where it counts."""
    key, signed = content["public_key"], moment(content["signed"])
    owner = next((one for one in signatories.get("signatories", []) if one["public_key"] == key), None)
    if owner is None:
        return "its key belongs to no signatory"
    name, role, meaning = owner["name"], content["role"], content["meaning"]
    if (owner["id"], name) != (content["signatory"], content["name"]):
        named = f"{content['name']} ({content['signatory']})"
        return f"names {named}, but its key belongs to {name} ({owner['id']})"
    if role not in owner["roles"]:
        return f"{name} has not the role {role}"
    if meaning not in signatories["roles"][role]:
        return f"the role {role} does not give {meaning}"
    if signed < moment(owner["valid_from"]):
        return f"the key of {name} is valid from {owner['valid_from']}"
    if "valid_until" in owner and signed >= moment(owner["valid_until"]):
        return f"the key of {name} was valid until {owner['valid_until']}"
    for one in signatories.get("revocations", []):
        if one["public_key"] == key and signed >= moment(one["since"]):
            return f"the key of {name} was revoked from {one['since']}: {one['reason']}"
    return ""


def signature_files(folder: Path) -> dict[str, bytes | None]:
    """Everything in the folder of signatures; None for what is no file that can be read."""
    found: Dict[str, bytes | None] = {}
    if folder.is_symlink() or not folder.is_dir():
        return found
    for path in sorted(folder.rglob("*")):
        try:
            plain = path.is_file() and not path.is_symlink()
            found[path.relative_to(folder).as_posix()] = path.read_bytes() if plain else None
        except OSError:
            found[path.relative_to(folder).as_posix()] = None
    return found


def check_signatures(run: Path, signatories: Json | None) -> tuple[list[Json], list[tuple[str, str]]]:
    """Valid signatures, and findings about everything else."""
    files = signature_files(run / "signatures")
    valid: List[Json] = []
    problems: Dict[str, str] = {}
    manifest = hashlib.sha256((run / "manifest.json").read_bytes()).hexdigest()
    try:
        ended = moment(json.loads((run / "run.json").read_bytes())["ended"])
    except (OSError, *UNREADABLE):
        ended = None
    for name, data in files.items():
        content = read_signature(data)
        if content is None:
            problems[name] = "is no signature"
            continue
        problem = objection(content, name, manifest, ended)
        if not problem and signatories is not None:
            problem = disowned(content, signatories)
        if problem:
            problems[name] = problem
        else:
            valid.append(content)
    for content in valid:
        for name, digest in sorted(content["earlier"].items()):
            data = files.get(name)
            if name not in files:
                problems.setdefault(name, "missing")
            elif data is not None and hashlib.sha256(data).hexdigest() != digest:
                problems.setdefault(name, "altered")
    valid = [content for content in valid if content["file"] not in problems]
    valid.sort(key=lambda content: (moment(content["signed"]), content["file"]))
    return valid, [("signatures/" + name, problem) for name, problem in sorted(problems.items())]


def shown(text: str) -> str:
    """One line, whatever somebody called a file."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def told(content: Json) -> str:
    """Who, when, what, in one line."""
    key = hashlib.sha256(bytes.fromhex(content["public_key"])).hexdigest()[:16]
    said = f" ({content['comment']})" if content["comment"] else ""
    form = "signatures/{file}: {meaning} by {name} ({signatory}, {role}) on {signed} ({time_zone})"
    return form.format(**content) + said + ", key " + key


def is_sound(signatories: Json) -> bool:
    """True where it is clear whose key is whose; what a file lacks is an error of reading."""
    people, revocations = signatories.get("signatories", []), signatories.get("revocations", [])
    for text in [one["valid_from"] for one in people] + [one["since"] for one in revocations]:
        moment(text)
    keys = {one["public_key"] for one in people}
    return (
        signatories["schema"] == 1
        and len(keys) == len(people)
        and len({one["id"] for one in people}) == len({(one["id"], one["name"]) for one in people})
        and all(role in signatories["roles"] for one in people for role in one["roles"])
        and all(one["public_key"] in keys and one["reason"] for one in revocations)
    )


def read_signatories(file: Path | None) -> Json | None:
    """The signatories file, None without one."""
    if file is None:
        return None
    try:
        import tomllib
    except ImportError:
        raise Refusal(f"{file}: needs Python 3.11 to be read; all else is checked without it", 2) from None
    try:
        with file.open("rb") as opened:
            found = tomllib.load(opened)
        sound = is_sound(found)
    except (OSError, *UNREADABLE) as error:
        raise Refusal(f"{file}: cannot be read as a signatories file: {error}", 2) from error
    if not sound:
        raise Refusal(f"{file}: is no signatories file: a key, an id or a role is of more or less than one", 2)
    return found


def check(run: Path, file: Path | None, *, signed: bool, signers: int) -> int:
    """Print what is found; the exit code."""
    names = ("records.jsonl", "run.json", "manifest.json")
    signatories = read_signatories(file)
    if not run.is_dir():
        raise Refusal(f"{run}: no such run directory", 2)
    if not any(os.path.lexists(str(run / name)) for name in names):
        raise Refusal(f"{run}: is no run directory: it holds none of {', '.join(names)}", 2)
    found = check_files(run)
    valid, more = check_signatures(run, signatories)
    problems = [shown(f"{item}: {problem}") for item, problem in found + more]
    people = len({content["signatory"] for content in valid})
    if signed and not people:
        problems.append(f"not signed: no valid signature by a signatory of {file}")
    elif people < signers:
        problems.append(f"not signed by {signers} signatories of {file}: valid signatures are by {people}")
    owner = "; whose key that is, no signatories file says" if signatories is None else ""
    for line in (problems or ["whole"]) + [told(content) + owner for content in valid]:
        print(line)
    return 1 if problems else 0


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and check."""
    parser = argparse.ArgumentParser(description="Check a run directory of stimcert.")
    parser.add_argument("run", metavar="RUN", type=Path)
    parser.add_argument("--signed", action="store_true", help="ask for a valid signature by one of the signatories")
    parser.add_argument("--signers", metavar="N", type=int, default=0, help="by so many different people")
    parser.add_argument("--signatories", metavar="FILE", type=Path, help="who may sign what")
    options = parser.parse_args(arguments)
    if (options.signed or options.signers) and options.signatories is None:
        parser.error("--signed and --signers need --signatories FILE: without it nobody knows whose key is whose")
    try:
        return check(options.run, options.signatories, signed=options.signed, signers=options.signers)
    except Refusal as refusal:
        sentence, code = refusal.args
        print(f"stimcert: {sentence}", file=sys.stderr)
        return int(code)


if __name__ == "__main__":
    sys.exit(main())
