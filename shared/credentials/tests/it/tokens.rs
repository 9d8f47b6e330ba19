//! Tokens that other programs made, under the root key 00 01 .. 1f. The awkward names are in
//! [`NAMES`].

/// Names that every program spells differently.
pub(crate) const NAMES: [&str; 6] =
    ["read_\u{e9}", "read_<x>", "a&b", "l\u{2028}s\u{2029}", "say_\u{1f600}", "q\"\\\u{7f}"];

/// As a gateway mints it: `agent_lock`, `tool_allow` of every awkward name, `max_calls` 10.
pub(crate) const ROOT: &str = "\
    eyJ2Ijo0LCJqdGkiOiJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsInJvb3RfanRpIjoiQUFBQUFHZHZiR1JsYmkxcW\
    RHa3RNREUiLCJpc3MiOiJpbnRlbnRnYXRlIiwidGVuYW50IjoiYWNtZSIsInpvbmUiOiJkZWZhdWx0Iiwic3ViIjoi\
    YWdlbnQteCIsImlhdCI6MTcwMDAwMDAwMCwiY2F2IjpbeyJ0IjoiYWdlbnRfbG9jayIsImFnZW50IjoiYWdlbnQteC\
    J9LHsidCI6InRvb2xfYWxsb3ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF9cdTAwM2N4XHUwMDNlIiwiYVx1MDAy\
    NmIiLCJsXHUyMDI4c1x1MjAyOSIsInNheV_wn5iAIiwicVwiXFx_Il19LHsidCI6Im1heF9jYWxscyIsIm1heF9jYW\
    xscyI6MTB9XSwic2lnIjoiekNacHZZZ3dQT3J4T1Z0RHFsTjVJcllBcUVFTXY0c2ZqX1hMLUw5a0REcyJ9";

/// `ROOT` after the Python SDK 0.3.0: allow the names, deny `x_é`, 5 calls, until 2100.
pub(crate) const PYTHON: &str = "\
    eyJ2IjogNCwgImp0aSI6ICJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsICJyb290X2p0aSI6ICJBQUFBQUdkdmJHUm\
    xiaTFxZEdrdE1ERSIsICJpc3MiOiAiaW50ZW50Z2F0ZSIsICJ0ZW5hbnQiOiAiYWNtZSIsICJ6b25lIjogImRlZmF1\
    bHQiLCAic3ViIjogImFnZW50LXgiLCAiaWF0IjogMTcwMDAwMDAwMCwgImNhdiI6IFt7InQiOiAiYWdlbnRfbG9jay\
    IsICJhZ2VudCI6ICJhZ2VudC14In0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xzIjogWyJyZWFkX1x1MDBlOSIs\
    ICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHNcdTIwMjkiLCAic2F5X1x1ZDgzZFx1ZGUwMCIsICJxXCJcXFx1MD\
    A3ZiJdfSwgeyJ0IjogIm1heF9jYWxscyIsICJtYXhfY2FsbHMiOiAxMH0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRv\
    b2xzIjogWyJyZWFkX1x1MDBlOSIsICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHNcdTIwMjkiLCAic2F5X1x1ZD\
    gzZFx1ZGUwMCIsICJxXCJcXFx1MDA3ZiJdfSwgeyJ0IjogInRvb2xfZGVueSIsICJ0b29scyI6IFsieF9cdTAwZTki\
    XX0sIHsidCI6ICJtYXhfY2FsbHMiLCAibWF4X2NhbGxzIjogNX0sIHsidCI6ICJleHAiLCAiZXhwIjogNDEwMjQ0ND\
    gwMH1dLCAic2lnIjogIkM4TjRkQXM2UExhNnZZMndVUnFmQkxPblFaOEZ3cWtYbmVObERlbG1PZGMifQ";

/// `PYTHON` after the Python SDK again: allow the first two names.
pub(crate) const PYTHON_TWICE: &str = "\
    eyJ2IjogNCwgImp0aSI6ICJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsICJyb290X2p0aSI6ICJBQUFBQUdkdmJHUm\
    xiaTFxZEdrdE1ERSIsICJpc3MiOiAiaW50ZW50Z2F0ZSIsICJ0ZW5hbnQiOiAiYWNtZSIsICJ6b25lIjogImRlZmF1\
    bHQiLCAic3ViIjogImFnZW50LXgiLCAiaWF0IjogMTcwMDAwMDAwMCwgImNhdiI6IFt7InQiOiAiYWdlbnRfbG9jay\
    IsICJhZ2VudCI6ICJhZ2VudC14In0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xzIjogWyJyZWFkX1x1MDBlOSIs\
    ICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHNcdTIwMjkiLCAic2F5X1x1ZDgzZFx1ZGUwMCIsICJxXCJcXFx1MD\
    A3ZiJdfSwgeyJ0IjogIm1heF9jYWxscyIsICJtYXhfY2FsbHMiOiAxMH0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRv\
    b2xzIjogWyJyZWFkX1x1MDBlOSIsICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHNcdTIwMjkiLCAic2F5X1x1ZD\
    gzZFx1ZGUwMCIsICJxXCJcXFx1MDA3ZiJdfSwgeyJ0IjogInRvb2xfZGVueSIsICJ0b29scyI6IFsieF9cdTAwZTki\
    XX0sIHsidCI6ICJtYXhfY2FsbHMiLCAibWF4X2NhbGxzIjogNX0sIHsidCI6ICJleHAiLCAiZXhwIjogNDEwMjQ0ND\
    gwMH0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xzIjogWyJyZWFkX1x1MDBlOSIsICJyZWFkXzx4PiJdfV0sICJz\
    aWciOiAidXN0d2tBWngtbGE4cFlhLUpMVFZBWGl1MkZ6Y3I5WnhmNzdfaEMzc2tybyJ9";

/// `ROOT` after a program that writes raw UTF-8: allow the names.
pub(crate) const UTF8: &str = "\
    eyJ2Ijo0LCJqdGkiOiJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsInJvb3RfanRpIjoiQUFBQUFHZHZiR1JsYmkxcW\
    RHa3RNREUiLCJpc3MiOiJpbnRlbnRnYXRlIiwidGVuYW50IjoiYWNtZSIsInpvbmUiOiJkZWZhdWx0Iiwic3ViIjoi\
    YWdlbnQteCIsImlhdCI6MTcwMDAwMDAwMCwiY2F2IjpbeyJ0IjoiYWdlbnRfbG9jayIsImFnZW50IjoiYWdlbnQteC\
    J9LHsidCI6InRvb2xfYWxsb3ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF88eD4iLCJhJmIiLCJs4oCoc-KAqSIs\
    InNheV_wn5iAIiwicVwiXFx_Il19LHsidCI6Im1heF9jYWxscyIsIm1heF9jYWxscyI6MTB9LHsidCI6InRvb2xfYW\
    xsb3ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF88eD4iLCJhJmIiLCJs4oCoc-KAqSIsInNheV_wn5iAIiwicVwi\
    XFx_Il19XSwic2lnIjoiTnpPVlVQcklwZ3JoWVkzcHBRMDZpbEVqYU4xMVBIYkltN0tfSkVadEhCTSJ9";

/// `ROOT` after a program that escapes as the gateway does: allow the names.
pub(crate) const GATEWAY: &str = "\
    eyJ2Ijo0LCJqdGkiOiJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsInJvb3RfanRpIjoiQUFBQUFHZHZiR1JsYmkxcW\
    RHa3RNREUiLCJpc3MiOiJpbnRlbnRnYXRlIiwidGVuYW50IjoiYWNtZSIsInpvbmUiOiJkZWZhdWx0Iiwic3ViIjoi\
    YWdlbnQteCIsImlhdCI6MTcwMDAwMDAwMCwiY2F2IjpbeyJ0IjoiYWdlbnRfbG9jayIsImFnZW50IjoiYWdlbnQteC\
    J9LHsidCI6InRvb2xfYWxsb3ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF9cdTAwM2N4XHUwMDNlIiwiYVx1MDAy\
    NmIiLCJsXHUyMDI4c1x1MjAyOSIsInNheV_wn5iAIiwicVwiXFx_Il19LHsidCI6Im1heF9jYWxscyIsIm1heF9jYW\
    xscyI6MTB9LHsidCI6InRvb2xfYWxsb3ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF9cdTAwM2N4XHUwMDNlIiwi\
    YVx1MDAyNmIiLCJsXHUyMDI4c1x1MjAyOSIsInNheV_wn5iAIiwicVwiXFx_Il19XSwic2lnIjoiMUhjYVBRMWZyU0\
    9TYXRLeHRjdzZqcXpuZmZPcGlLTHNsR2FjbHdCUXlVbyJ9";

/// `UTF8`, then gateway (deny `<`), Python (allow the names, no calls), raw UTF-8 (allow the names).
pub(crate) const MIXED: &str = "\
    eyJ2Ijo0LCJqdGkiOiJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsInJvb3RfanRpIjoiQUFBQUFHZHZiR1JsYmkxcW\
    RHa3RNREUiLCJpc3MiOiJpbnRlbnRnYXRlIiwidGVuYW50IjoiYWNtZSIsInpvbmUiOiJkZWZhdWx0Iiwic3ViIjoi\
    YWdlbnQteCIsImlhdCI6MTcwMDAwMDAwMCwiY2F2IjpbeyJ0IjoiYWdlbnRfbG9jayIsImFnZW50IjoiYWdlbnQteC\
    J9LHsidCI6InRvb2xfYWxsb3ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF88eD4iLCJhJmIiLCJs4oCoc-KAqSIs\
    InNheV_wn5iAIiwicVwiXFx_Il19LHsidCI6Im1heF9jYWxscyIsIm1heF9jYWxscyI6MTB9LHsidCI6InRvb2xfYW\
    xsb3ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF88eD4iLCJhJmIiLCJs4oCoc-KAqSIsInNheV_wn5iAIiwicVwi\
    XFx_Il19LHsidCI6InRvb2xfZGVueSIsInRvb2xzIjpbIjwiXX0seyJ0IjoidG9vbF9hbGxvdyIsInRvb2xzIjpbIn\
    JlYWRfw6kiLCJyZWFkXzx4PiIsImEmYiIsImzigKhz4oCpIiwic2F5X_CfmIAiLCJxXCJcXH8iXX0seyJ0IjoibWF4\
    X2NhbGxzIn0seyJ0IjoidG9vbF9hbGxvdyIsInRvb2xzIjpbInJlYWRfw6kiLCJyZWFkXzx4PiIsImEmYiIsImzigK\
    hz4oCpIiwic2F5X_CfmIAiLCJxXCJcXH8iXX1dLCJzaWciOiJON01sSWp0bzdId0xrWVYyeFhfYUJkMEhDT1lacXpl\
    TmowWDJ1WlZOZGdzIn0";

/// `ROOT` after ten rounds of the Python SDK: allow the names.
pub(crate) const PYTHON_TEN_TIMES: &str = "\
    eyJ2IjogNCwgImp0aSI6ICJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsICJyb290X2p0aSI6ICJBQUFBQUdkdmJHUm\
    xiaTFxZEdrdE1ERSIsICJpc3MiOiAiaW50ZW50Z2F0ZSIsICJ0ZW5hbnQiOiAiYWNtZSIsICJ6b25lIjogImRlZmF1\
    bHQiLCAic3ViIjogImFnZW50LXgiLCAiaWF0IjogMTcwMDAwMDAwMCwgImNhdiI6IFt7InQiOiAiYWdlbnRfbG9jay\
    IsICJhZ2VudCI6ICJhZ2VudC14In0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xzIjogWyJyZWFkX1x1MDBlOSIs\
    ICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHNcdTIwMjkiLCAic2F5X1x1ZDgzZFx1ZGUwMCIsICJxXCJcXFx1MD\
    A3ZiJdfSwgeyJ0IjogIm1heF9jYWxscyIsICJtYXhfY2FsbHMiOiAxMH0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRv\
    b2xzIjogWyJyZWFkX1x1MDBlOSIsICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHNcdTIwMjkiLCAic2F5X1x1ZD\
    gzZFx1ZGUwMCIsICJxXCJcXFx1MDA3ZiJdfSwgeyJ0IjogInRvb2xfYWxsb3ciLCAidG9vbHMiOiBbInJlYWRfXHUw\
    MGU5IiwgInJlYWRfPHg-IiwgImEmYiIsICJsXHUyMDI4c1x1MjAyOSIsICJzYXlfXHVkODNkXHVkZTAwIiwgInFcIl\
    xcXHUwMDdmIl19LCB7InQiOiAidG9vbF9hbGxvdyIsICJ0b29scyI6IFsicmVhZF9cdTAwZTkiLCAicmVhZF88eD4i\
    LCAiYSZiIiwgImxcdTIwMjhzXHUyMDI5IiwgInNheV9cdWQ4M2RcdWRlMDAiLCAicVwiXFxcdTAwN2YiXX0sIHsidC\
    I6ICJ0b29sX2FsbG93IiwgInRvb2xzIjogWyJyZWFkX1x1MDBlOSIsICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAy\
    OHNcdTIwMjkiLCAic2F5X1x1ZDgzZFx1ZGUwMCIsICJxXCJcXFx1MDA3ZiJdfSwgeyJ0IjogInRvb2xfYWxsb3ciLC\
    AidG9vbHMiOiBbInJlYWRfXHUwMGU5IiwgInJlYWRfPHg-IiwgImEmYiIsICJsXHUyMDI4c1x1MjAyOSIsICJzYXlf\
    XHVkODNkXHVkZTAwIiwgInFcIlxcXHUwMDdmIl19LCB7InQiOiAidG9vbF9hbGxvdyIsICJ0b29scyI6IFsicmVhZF\
    9cdTAwZTkiLCAicmVhZF88eD4iLCAiYSZiIiwgImxcdTIwMjhzXHUyMDI5IiwgInNheV9cdWQ4M2RcdWRlMDAiLCAi\
    cVwiXFxcdTAwN2YiXX0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xzIjogWyJyZWFkX1x1MDBlOSIsICJyZWFkXz\
    x4PiIsICJhJmIiLCAibFx1MjAyOHNcdTIwMjkiLCAic2F5X1x1ZDgzZFx1ZGUwMCIsICJxXCJcXFx1MDA3ZiJdfSwg\
    eyJ0IjogInRvb2xfYWxsb3ciLCAidG9vbHMiOiBbInJlYWRfXHUwMGU5IiwgInJlYWRfPHg-IiwgImEmYiIsICJsXH\
    UyMDI4c1x1MjAyOSIsICJzYXlfXHVkODNkXHVkZTAwIiwgInFcIlxcXHUwMDdmIl19LCB7InQiOiAidG9vbF9hbGxv\
    dyIsICJ0b29scyI6IFsicmVhZF9cdTAwZTkiLCAicmVhZF88eD4iLCAiYSZiIiwgImxcdTIwMjhzXHUyMDI5IiwgIn\
    NheV9cdWQ4M2RcdWRlMDAiLCAicVwiXFxcdTAwN2YiXX0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xzIjogWyJy\
    ZWFkX1x1MDBlOSIsICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHNcdTIwMjkiLCAic2F5X1x1ZDgzZFx1ZGUwMC\
    IsICJxXCJcXFx1MDA3ZiJdfV0sICJzaWciOiAiTFB1UW5yUXN4UERtNS1sSUFYTnI5cHNvc3BFR3JaY09NbmlSVlNi\
    a3RmdyJ9";
