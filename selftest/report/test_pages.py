#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The HTML pages, in a browser: complete, escaped, sorted and searched by keyboard."""
from __future__ import annotations

import html.parser
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from typing import Any, Dict, List, Optional, Tuple

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "runner")]

import support  # noqa: E402
import test_compare  # noqa: E402

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))),
               None)
EVIL = "<script>alert(1)</script> & \"x\""
_VOID = {"meta", "input", "link", "br", "path", "use"}


class Balance(html.parser.HTMLParser):
    """Checks that every element is closed properly, and what the page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: List[str] = []
        self.ids: List[str] = []
        self.loads: List[str] = []
        self.wrong: List[str] = []

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        """Opens."""
        if tag not in _VOID:
            self.open.append(tag)
        for key, value in attrs:
            if key == "id":
                self.ids.append(value or "")
            if key in ("src", "href", "xlink:href") and value and not value.startswith("#"):
                self.loads.append(value)

    def handle_startendtag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        """Opens and closes."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Closes."""
        if tag in _VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def in_browser(page: str, script: str) -> Any:
    """The result of a script in the page, once it has loaded."""
    probed = page + ".probed.html"
    with open(page, encoding="utf-8") as file:
        text = file.read()
    with open(probed, "w", encoding="utf-8") as file:
        file.write(text.replace("</body>", "<script>document.title = 'PROBE' + JSON.stringify("
                                f"(() => {{ {script} }})()) + 'END'</script></body>"))
    done = subprocess.run(
        [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
         f"--user-data-dir={probed}.profile", "file://" + probed], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, encoding="utf-8", timeout=120, check=True)
    found = re.search("<title>PROBE(.*)END</title>", done.stdout)
    assert found, "the script did not run"
    return json.loads(html.unescape(found.group(1)))


SEARCH = """
const type = (id, text) => {
  const input = document.getElementById(id);
  input.value = text;
  input.dispatchEvent(new Event("input"));
};
const rows = id => [...document.getElementById(id).tBodies[0].rows]
  .filter(row => !row.hidden).map(row => row.cells[1].textContent);
const press = (id, title) => [...document.querySelectorAll("#" + id + " th button")]
  .find(button => button.textContent === title).click();
"""


class Page(support.Case):
    """What holds for all pages."""

    def check_whole(self, path: str) -> str:
        """Returns the page's text; it needs no other file, and every element in it is closed."""
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertFalse("<script>alert" in text)
        found = Balance()
        found.feed(text)
        self.assertEqual((found.wrong, found.open, found.loads), ([], [], []))
        self.assertEqual(len(found.ids), len(set(found.ids)))
        self.assertFalse(re.findall(r"url\((?!#)|@import", text))
        return text


@unittest.skipUnless(BROWSER, "needs chromium: scripts/setup --browser")
class Run(Page):
    """report --html."""

    def setUp(self) -> None:
        super().setUp()
        folder = os.path.join(self.programs.results, "20200101-000000")
        os.makedirs(folder)
        results = [self._result(f"h/p{n}", "pass", {"vmstat.a": n, "hugetlb.2M.free": -n})
                   for n in range(1, 12)]
        results.append({**self._result("h/bad", "kernel", {"vmstat.b": 5}),
                        "log": ["all is well", f"BUG: {EVIL}"], "complaints": [f"BUG: {EVIL}"]})
        results.append(self._result("h/skipped", "skip", {}))
        record = {"format": 1, "run": "20200101-000000", "seed": 9, "kind": "func",
                  "plan": [r["name"] for r in results] + ["h/never"]}
        with open(os.path.join(folder, "run.json"), "w", encoding="ascii") as file:
            json.dump(record, file)
        with open(os.path.join(folder, "results.jsonl"), "w", encoding="ascii") as file:
            file.writelines(json.dumps(line) + "\n" for line in results)
        done = self.programs.run("report", "latest", "--html")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.page = os.path.join(folder, "report.html")

    @staticmethod
    def _result(name: str, verdict: str, delta: Dict[str, int]) -> Dict[str, Any]:
        return {"name": name, "verdict": verdict, "reason": f"because {EVIL}", "points": [
            {"name": f"{name}.a", "verdict": verdict if verdict == "skip" else "pass",
             "reason": "no nodes", "diagnostics": {}}], "counters": {"delta": delta},
            "log": [], "complaints": [], "left": {}, "duration_ms": 1.5}

    def test_whole(self) -> None:
        """The page contains everything: verdict, skip, lost program, counter, the kernel's line."""
        text = self.check_whole(self.page)
        for part in ("12 passed, 1 failed, 1 skipped", "no nodes: 1", "h/never",
                     "<td class=\"name\">hugetlb.2M.free</td>",
                     "<b class=\"bad\">BUG: &lt;script&gt;"):
            self.assertTrue(part in text, part)

    def test_search(self) -> None:
        """Words that must all match narrow a table, and the remaining rows are counted."""
        found = in_browser(self.page, SEARCH + """
          type("find-counters", "p11 free");
          const one = rows("counters"), said =
            document.getElementById("find-counters-count").textContent;
          type("find-counters", "");
          return [one, said, rows("counters").length];""")
        self.assertEqual(found, [["hugetlb.2M.free"], "1 rows", 23])

    def test_sort(self) -> None:
        """Numbers are sorted by size, not by letters; in reverse when pressed again."""
        found = in_browser(self.page, SEARCH + """
          const first = () => [...document.querySelector("#counters tbody tr").cells]
            .map(cell => cell.textContent);
          const head = () => document.querySelector("#counters th[aria-sort]")
            .getAttribute("aria-sort");
          press("counters", "change");
          const least = [first(), head()];
          press("counters", "change");
          return [least, first(), head()];""")
        self.assertEqual(found[0][0][0:2] + [found[0][1]],
                         ["h/p11", "hugetlb.2M.free", "ascending"])
        self.assertEqual(found[1][0:2] + [found[2]], ["h/p11", "vmstat.a", "descending"])

    def test_keyboard(self) -> None:
        """The key / jumps to the search, and everything that can be pressed is reached by Tab."""
        found = in_browser(self.page, """
          document.dispatchEvent(new KeyboardEvent("keydown", {key: "/", cancelable: true}));
          const all = [...document.querySelectorAll("th button, input, summary, a[href]")];
          return [document.activeElement.id, all.every(one => one.tabIndex === 0)];""")
        self.assertEqual(found, ["find-programs", True])

    def test_dark(self) -> None:
        """In light and dark mode the contrast of the text is sufficient (WCAG: 4.5 to 1)."""
        script = """
          const luminance = colour => {
            const [r, g, b] = colour.match(/\\d+/g).map(Number).map(part => part / 255)
              .map(part => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const paper = luminance(getComputedStyle(document.body).backgroundColor);
          return [...document.querySelectorAll("h1, h2, dt, .bad, .good, .doubt, .faint")]
            .map(one => luminance(getComputedStyle(one).color))
            .map(ink => (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05))
            .reduce((one, other) => Math.min(one, other));"""
        with open(self.page, encoding="utf-8") as file:
            text = file.read()
        self.assertGreater(in_browser(self.page, script), 4.5)
        with open(self.page, "w", encoding="utf-8") as file:
            file.write(text.replace("(prefers-color-scheme: dark)", "all"))
        self.assertGreater(in_browser(self.page, script), 4.5)


@unittest.skipUnless(BROWSER, "needs chromium: scripts/setup --browser")
class Compare(Page):
    """The page of compare."""

    def setUp(self) -> None:
        super().setUp()
        for name, more in (("old", 0), ("new", 100)):
            folder = os.path.join(self.programs.results, name)
            os.makedirs(folder)
            lines = [test_compare.result("load/p", test_compare.metric(
                [500 + more + n % 2 + k for k in range(1200)], "fault"), {
                    "name": f"rate{case}", "unit": "MB/s", "better": "higher",
                    "value": 100.0 + n % 3 + case * more}, repeat=n, case=f"c{case}")
                for case in range(3) for n in range(1, 11)]
            with open(os.path.join(folder, "run.json"), "w", encoding="ascii") as file:
                json.dump({"format": 1, "run": name, "kind": "load", "seed": 1, "plan": [],
                           "kernel": {"release": EVIL}}, file)
            # One line per repeat and case: names must differ, as those of programs do.
            with open(os.path.join(folder, "results.jsonl"), "w", encoding="ascii") as file:
                for nth, line in enumerate(lines):
                    file.write(json.dumps({**line, "name": f"load/p{nth}"}) + "\n")
        done = self.programs.run("compare", "old", "new", timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        folder = next(name for name in os.listdir(self.programs.results) if "compare-" in name)
        self.page = os.path.join(self.programs.results, folder, "compare.html")

    def test_whole(self) -> None:
        """There is a plot for each figure, to which its row in the table links."""
        text = self.check_whole(self.page)
        self.assertEqual(text.count("<svg"), 9)
        self.assertEqual(set(re.findall(r'href="#(f\d+)"', text)),
                         set(re.findall(r'<section class="figure" id="(f\d+)"', text)))
        self.assertTrue("each side is one run" in text)

    def test_order(self) -> None:
        """Figures that changed are first; changes are sorted by size."""
        found = in_browser(self.page, SEARCH + """
          const words = [...document.querySelectorAll("#figures tbody tr")]
            .map(row => row.cells[0].textContent);
          press("figures", "change");
          press("figures", "change");
          return [words, rows("figures")[0]];""")
        order = ["slower", "faster", "unclear", "same"]
        self.assertEqual(found[0], sorted(found[0], key=order.index))
        self.assertEqual((found[0].count("slower"), found[0].count("faster")), (6, 2))
        self.assertEqual(found[1], "load/p.c2 rate2")


if __name__ == "__main__":
    support.main()
