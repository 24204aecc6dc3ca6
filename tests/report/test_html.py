"""Tests of the pieces of HTML."""

import base64

from tfiqa.report import html


def test_text_is_escaped_and_html_is_not():
    assert html.text('<b> & "c"') == "&lt;b&gt; &amp; &quot;c&quot;"
    inner = html.element("b", "1 < 2", class_='x"y')
    assert inner == '<b class="x&quot;y">1 &lt; 2</b>'
    assert html.element("p", inner) == f"<p>{inner}</p>"


def test_tables():
    result = html.table(["<a>"], [["1"], ["2"]], classes=["paper"])
    assert "<th>&lt;a&gt;</th>" in result
    assert '<tr class="paper"><td>1</td></tr><tr><td>2</td></tr>' in result


def test_images_hold_their_bytes():
    result = html.figure(b"\x89PNG", 'of "a"')
    encoded = base64.b64encode(b"\x89PNG").decode()
    assert f'alt="of &quot;a&quot;" src="data:image/png;base64,{encoded}"' in result


def test_a_document_names_its_parts():
    result = html.document("<t>", [("One & two", [html.element("p", "x")])])
    assert result.startswith("<!doctype html>")
    assert '<a href="#part-0">One &amp; two</a>' in result
    assert "<title>&lt;t&gt;</title>" in result
