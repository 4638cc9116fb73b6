# SPDX-License-Identifier: LGPL-2.1-or-later
"""Puts a guest's run together from its options, starts it and ends it."""
from __future__ import annotations

import argparse
import compileall
import os
import shlex
import shutil
import subprocess
import sys
from typing import Any, Dict, List, Optional

from .. import known_list
from ..commands.common import FORMATS
from ..errors import Interrupted, Refused
from ..kernels import recorded
from ..parts import cases_left
from ..plan import Planned, again
from ..programs import ROOMS, describe, find, programs_folder, remember
from ..record import Folder, check_save, find_run, load, save_as
from ..report.summary import summary
from ..report.table import Reporter
from ..report.tally import tally
from ..run import Signals
from ..text import clean
from . import accel, cache, host, image, initramfs, share
from .follow import STALL_SECONDS
from .guest import Guest, parse_hugepages, parse_memory
from .options import KEPT, RECORDED, filled

Json = Dict[str, Any]


def _number(text: Any, name: str) -> int:
    if not str(text).isascii() or not str(text).isdigit():
        raise Refused(f"--{name} is a number, not {clean(str(text)) or 'nothing'}")
    return int(text)


def _available_mb() -> Optional[int]:
    """The memory that this machine can give to a guest, MB."""
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) // 1024
    return None


def _guest(options: Json, gdb: bool, make: bool) -> Guest:
    """The guest that the options describe; cheap refusals come before a long build."""
    nothing = image.Kernel("", "")
    stall = options["stall"]
    if stall is not None and _number(stall, "stall") < 1:
        raise Refused("--stall is a number of seconds, 1 at least")
    guest = Guest(nothing, _number(options["nodes"], "nodes"), _number(options["cpus"], "cpus"),
                  parse_memory(options["memory"]), parse_hugepages(options["hugepages"]),
                  [word for words in options["append"] for word in words.split()],
                  parse_memory(options["swap"]) if options["swap"] else 0,
                  bool(options["hmm_coherent"]), gdb, options["measure"] == "instructions")
    if guest.count_instructions and options["accel"] == "kvm":
        raise Refused("--measure instructions counts those of TCG: leave out --accel kvm")
    guest.check(None if not make else _available_mb())
    # What is refused should be so before anything is built.
    guest.kernel = image.choose(options["kernel"], options["modules"], make=False)
    if make:
        for tool in ("qemu-system-x86_64", "cpio", "setpriv"):
            cache.need_tool(tool)
        initramfs.busybox()
        guest.kernel = image.choose(options["kernel"], options["modules"])
    return guest


def check_guest(options: Json) -> None:
    """Raises Refused for options of which no guest can be made."""
    _guest(options, False, make=False)


def _sharing(options: Json, guest: Guest) -> str:
    ways = initramfs.sharing_of(guest.kernel)
    way = options["share"] or ways[0]
    if way not in ways:
        raise Refused(f"kernel {guest.kernel.release} has no {way}")
    share.need(way)
    return way


def _print(options: Json, results: str, gdb: bool) -> int:
    guest = _guest(options, gdb, make=False)
    name = options["accel"] or accel.remembered() or "tcg"
    argv = guest.qemu(name, "INITRAMFS") + share.qemu_9p(
        [share.Share("hostroot", "/", True),
         share.Share("results", os.path.abspath(results), False)])
    print(" ".join(map(shlex.quote, argv)))
    return 0


def prepare(options: Json, results: str, gdb: bool, keep: List[str]) -> host.Setup:
    if os.geteuid() != 0:
        raise Refused("the lab shares this machine's files with its guest and needs root: run "
                      "it with sudo")
    guest = _guest(options, gdb, make=True)
    sharing = _sharing(options, guest)
    chosen = accel.choose("tcg" if guest.count_instructions else options["accel"], guest.kernel,
                          lambda text: print(f"run_tests.py: {text}", file=sys.stderr))
    try:
        os.makedirs(results, exist_ok=True)
    except OSError as error:
        raise Refused(f"cannot write results to {clean(results)}: {error.strerror}") from None
    # The guest cannot keep what it compiles, and compiling is slow there.
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    compileall.compile_dir(os.path.join(top, "runner"), quiet=2)
    if gdb:
        vmlinux = os.path.join(os.path.dirname(guest.kernel.image), "build", "vmlinux")
        print("gdb: target remote :1234" + (f" (symbols: {vmlinux})" if os.path.exists(vmlinux)
                                            else ""), file=sys.stderr)
    return host.Setup(guest, chosen, sharing, os.path.abspath(results), [top, *keep],
                      float(options["stall"] or STALL_SECONDS))


def _understood(words: List[str], results: str) -> argparse.Namespace:
    """The guest's command, refused here where that can be seen without a guest."""
    from ..cli import parse
    args = parse(words)
    for name, where in (("resume", "lab run --resume RUN"), ("into", "nothing")):
        if getattr(args, name, None):
            raise Refused(f"--{name} is not for the guest's command: use {where}")
    if getattr(args, "results", "results") != "results":
        raise Refused(f"--results is not for the guest's command: use lab run --results "
                      f"{clean(args.results)}")
    args.results = results
    return args


def _keep(args: argparse.Namespace) -> List[str]:
    """Folders of the host that the command names."""
    names = [getattr(args, "programs", None) or os.environ.get("HUGEPROOF_PROGRAMS")]
    if known_list.FOLDER_VARIABLE in os.environ:
        names.append(known_list.folder())
    lists = getattr(args, "known_issues", None) or []
    return [os.path.abspath(name) for name in names if name] + [
        os.path.dirname(os.path.abspath(name)) for name in lists]


def _carried(args: argparse.Namespace) -> List[str]:
    """The options of a run that its resumption needs too."""
    words: List[str] = []
    for name in ("programs", "time_scale"):
        if getattr(args, name, None):
            words += ["--" + name.replace("_", "-"), str(getattr(args, name))]
    for path in getattr(args, "known_issues", None) or []:
        words += ["--known-issues", path]
    return words + ["--" + name.replace("_", "-")
                    for name in ("verbose", "allow_all_skipped", "no_known_issues")
                    if getattr(args, name, False)]


def run(options: Json, words: List[str], results: str, gdb: bool, only_print: bool) -> int:
    """lab run: a command in a new guest."""
    if only_print:
        return _print(options, results, gdb)
    args = _understood(words, results)
    if getattr(args, "programs", "none") != "none":
        programs_folder(args.programs)
    setup = prepare(options, results, gdb, _keep(args))
    signals = Signals()
    save = getattr(args, "save", None)
    if save:
        check_save(results, save)
    try:
        if words[0] not in RECORDED:
            return host.run_unrecorded(setup, host.command_for(words, {}), signals)
        folder = Folder.create(results)
        folder.close()
        status = _begin(setup, options, words, args, folder.path, signals)
        if save and os.path.isdir(folder.path):
            save_as(folder.path, results, save)
        return status
    except Interrupted as interrupted:
        raise Refused(f"interrupted by {interrupted}") from None
    finally:
        signals.close()


def _begin(setup: host.Setup, options: Json, words: List[str], args: argparse.Namespace,
           folder: str, signals: Signals, reporter: Optional[Reporter] = None) -> int:
    """A recorded command's first boot, and all others that it takes."""
    scale = _time_scale(setup)
    first = [*words, "--into", folder, "--allow-poison",
             *(["--time-scale", str(scale)] * (args.time_scale is None)), *_new_boot(words[0])]
    if args.time_scale is None:
        args.time_scale = scale
    return _recorded(setup, folder, first, args, _lab(setup, options, words), signals, reporter)


def _time_scale(setup: host.Setup) -> float:
    """The guest's time limits; one that counts instructions has its own, slow time."""
    counting = accel.COUNTING_SLOWDOWN if setup.guest.count_instructions else 1
    return setup.accel.time_scale * counting


class Series:
    """A recorded command that runs again and again, each time in a new boot of a guest.
    Raises Refused where the guest cannot be."""

    def __init__(self, options: Json, words: List[str], results: str) -> None:
        self.options, self.words, self.results = options, words, results
        self.args = _understood(words, results)
        self.setup = prepare(options, results, False, _keep(self.args))

    def run(self, folder: str, signals: Signals) -> None:
        """Once, into a folder that does not exist yet. Raises Refused and Interrupted."""
        os.makedirs(folder)
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            status = _begin(self.setup, self.options, self.words,
                            argparse.Namespace(**vars(self.args)), folder, signals,
                            Reporter("plain", nowhere))
        if status == 2:
            raise Refused(f"a boot gave no figures (run_tests.py report {shlex.quote(folder)})")


def _lab(setup: host.Setup, options: Json, words: List[str]) -> Json:
    """What run.json says of the lab."""
    return {"options": options, "words": words, "accel": setup.accel.name,
            "slowdown": setup.accel.slowdown, "sharing": setup.sharing}


def resume(name: str, results: str, gdb: bool, only_print: bool) -> int:
    """lab run --resume: what a cut run still lacks, in the same guest."""
    path = find_run(name, results)
    record = load(path)[0]
    lab = record.get("lab")
    if not isinstance(lab, dict) or not isinstance(lab.get("options"), dict) or not isinstance(
            lab.get("words"), list):
        raise Refused(f"{clean(path)} was not made in the lab: resume it with run_tests.py "
                      "func --resume")
    options = filled({**dict.fromkeys(KEPT), **lab["options"]})
    parent = os.path.dirname(os.path.abspath(path))
    if only_print:
        return _print(options, parent, gdb)
    args = _understood(list(lab["words"]), parent)
    args.time_scale = args.time_scale or str(record.get("time_scale", 1))
    setup = prepare(options, parent, gdb, _keep(args))
    signals = Signals()
    try:
        first = _again(os.path.abspath(path), args)
        return _recorded(setup, os.path.abspath(path), first, args, lab, signals)
    finally:
        signals.close()


def _new_boot(command: str) -> List[str]:
    """A program that taints the guest's kernel must not spoil it for the next."""
    return ["--new-boot-when-tainted"] if command in RECORDED else []


def _again(folder: str, args: argparse.Namespace) -> List[str]:
    return [args.command, "--resume", folder, "--allow-poison", *_carried(args),
            *_new_boot(args.command)]


def _recorded(setup: host.Setup, folder: str, first: List[str], args: argparse.Namespace,
              lab: Json, signals: Signals, reporter: Optional[Reporter] = None) -> int:
    form = args.format or ("table" if sys.stdout.isatty() else "plain")
    assert form in FORMATS
    reporter = reporter or Reporter(form)
    record = host.Record(folder)
    if record.begun():
        record.read_new()
    described = os.path.join(folder, "described.json")
    remember(find(programs_folder(args.programs), tuple(ROOMS)), described, signals)
    going = host.Run(setup, record, host.command_for(first, lab, described),
                     host.command_for(_again(folder, args), lab, described),
                     lambda name: _planned(name, folder, args, signals),
                     lambda run: known_list.load(args.known_issues, recorded(run["kernel"]),
                                                 args.no_known_issues),
                     signals, reporter, described=described)
    try:
        status = going.go()
    except (Refused, Interrupted) as stopped:
        if not record.begun():
            where = _discard(folder)
            raise Refused(f"{stopped}" + (f" (console: {where})" if where else "")) from None
        if isinstance(stopped, Interrupted):
            record.end(str(stopped))
            raise Refused(f"interrupted by {stopped} (results so far are in {folder}; "
                          f"{host.again_hint(folder)})") from None
        raise
    if not record.begun():
        _discard(folder)
        return 2 if status is None else status
    run, results = load(folder)
    counts = tally(run, results)
    reporter.end(summary(run, results, os.path.relpath(folder)))
    return status if status == 2 else counts.status(args.allow_all_skipped)


def _discard(folder: str) -> Optional[str]:
    """Removes the folder of a run that never began; where its console's text went."""
    console, kept = os.path.join(folder, "console.log"), None
    if os.path.exists(console) and os.path.getsize(console):
        kept = cache.folder("console.log")
        shutil.copyfile(console, kept)
    shutil.rmtree(folder, ignore_errors=True)
    return kept


def _planned(name: str, folder: str, args: argparse.Namespace, signals: Signals) -> Planned:
    """What a name in the record stands for."""
    planned = again(name, find(programs_folder(args.programs), tuple(ROOMS)))
    describe(planned.program, signals)
    run, results = load(folder)
    planned.seconds, planned.params = run.get("seconds"), run.get("params") or {}
    return planned.narrow(cases_left(run, results))


def shell(options: Json, results: str, gdb: bool, only_print: bool) -> int:
    """lab shell: the guest's console on this terminal; its exit ends the guest."""
    if only_print:
        return _print(options, results, gdb)
    if not sys.stdin.isatty():
        raise Refused("lab shell needs a terminal (lab run does without one)")
    setup = prepare(options, results, gdb, [])
    guest = setup.guest
    shares, settings = setup.shares(), setup.settings("/dev/null")
    size = shutil.get_terminal_size()
    settings.update(shell="", rows=str(size.lines), columns=str(size.columns))
    folder = cache.scratch()
    daemons: "List[subprocess.Popen[bytes]]" = []
    try:
        archive = os.path.join(folder, "initramfs")
        initramfs.write(archive, guest.kernel, setup.sharing, settings)
        argv = guest.qemu(setup.accel.name, archive, setup.sharing == "virtiofs")
        argv += ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
                 "-serial", "null", "-serial", "null"]
        if setup.sharing == "9p":
            argv += share.qemu_9p(shares)
        else:
            daemons = share.start_virtiofsd(shares, folder)
            argv += share.qemu_virtiofs(shares, folder)
        return 2 if subprocess.run(argv, check=False).returncode else 0
    finally:
        for daemon in daemons:
            daemon.kill()
            daemon.wait()
        shutil.rmtree(folder, ignore_errors=True)
