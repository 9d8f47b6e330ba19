//! Tokens that other programs made, under the root key 00 01 .. 1f. The awkward names are in
//! [`NAMES`].

/// Names that every program spells differently.
pub(crate) const NAMES: [&str; 6] =
    ["read_\u{e9}", "read_<x>", "a&b", "l\u{2028}s", "say_\u{1f600}", "q\"\\\u{7f}"];

/// As a gateway mints it: `agent_lock`, `tool_allow` of every awkward name, `max_calls` 10.
pub(crate) const ROOT: &str = "\
    eyJ2Ijo0LCJqdGkiOiJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsInJvb3RfanRpIjoiQUFBQUFHZHZiR1JsYmkxcW\
    RHa3RNREUiLCJpc3MiOiJpbnRlbnRnYXRlIiwidGVuYW50IjoiYWNtZSIsInpvbmUiOiJkZWZhdWx0Iiwic3ViIjoi\
    YWdlbnQteCIsImlhdCI6MTcwMDAwMDAwMCwiY2F2IjpbeyJ0IjoiYWdlbnRfbG9jayIsImFnZW50IjoiYWdlbnQteC\
    J9LHsidCI6InRvb2xfYWxsb3ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF9cdTAwM2N4XHUwMDNlIiwiYVx1MDAy\
    NmIiLCJsXHUyMDI4cyIsInNheV_wn5iAIiwicVwiXFx_Il19LHsidCI6Im1heF9jYWxscyIsIm1heF9jYWxscyI6MT\
    B9XSwic2lnIjoiOG8tOXk3ajlXYTBiUG5fQXdxVlRIWkcxR3hubDRtaG1Takc1YXhSLXdoayJ9";

/// `ROOT` after the Python SDK 0.3.0: allow the names, deny `x_é`, 5 calls, until 2100.
pub(crate) const PYTHON: &str = "\
    eyJ2IjogNCwgImp0aSI6ICJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsICJyb290X2p0aSI6ICJBQUFBQUdkdmJHUm\
    xiaTFxZEdrdE1ERSIsICJpc3MiOiAiaW50ZW50Z2F0ZSIsICJ0ZW5hbnQiOiAiYWNtZSIsICJ6b25lIjogImRlZmF1\
    bHQiLCAic3ViIjogImFnZW50LXgiLCAiaWF0IjogMTcwMDAwMDAwMCwgImNhdiI6IFt7InQiOiAiYWdlbnRfbG9jay\
    IsICJhZ2VudCI6ICJhZ2VudC14In0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xzIjogWyJyZWFkX1x1MDBlOSIs\
    ICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHMiLCAic2F5X1x1ZDgzZFx1ZGUwMCIsICJxXCJcXFx1MDA3ZiJdfS\
    wgeyJ0IjogIm1heF9jYWxscyIsICJtYXhfY2FsbHMiOiAxMH0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xzIjog\
    WyJyZWFkX1x1MDBlOSIsICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHMiLCAic2F5X1x1ZDgzZFx1ZGUwMCIsIC\
    JxXCJcXFx1MDA3ZiJdfSwgeyJ0IjogInRvb2xfZGVueSIsICJ0b29scyI6IFsieF9cdTAwZTkiXX0sIHsidCI6ICJt\
    YXhfY2FsbHMiLCAibWF4X2NhbGxzIjogNX0sIHsidCI6ICJleHAiLCAiZXhwIjogNDEwMjQ0NDgwMH1dLCAic2lnIj\
    ogInZRV015Rkh1NDFVUnZySThadXRaUjk1aEhsOTE3c0JjLURxbm4tMkIzMVkifQ";

/// `PYTHON` after the Python SDK again: allow the first two names.
pub(crate) const PYTHON_TWICE: &str = "\
    eyJ2IjogNCwgImp0aSI6ICJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsICJyb290X2p0aSI6ICJBQUFBQUdkdmJHUm\
    xiaTFxZEdrdE1ERSIsICJpc3MiOiAiaW50ZW50Z2F0ZSIsICJ0ZW5hbnQiOiAiYWNtZSIsICJ6b25lIjogImRlZmF1\
    bHQiLCAic3ViIjogImFnZW50LXgiLCAiaWF0IjogMTcwMDAwMDAwMCwgImNhdiI6IFt7InQiOiAiYWdlbnRfbG9jay\
    IsICJhZ2VudCI6ICJhZ2VudC14In0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xzIjogWyJyZWFkX1x1MDBlOSIs\
    ICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHMiLCAic2F5X1x1ZDgzZFx1ZGUwMCIsICJxXCJcXFx1MDA3ZiJdfS\
    wgeyJ0IjogIm1heF9jYWxscyIsICJtYXhfY2FsbHMiOiAxMH0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xzIjog\
    WyJyZWFkX1x1MDBlOSIsICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHMiLCAic2F5X1x1ZDgzZFx1ZGUwMCIsIC\
    JxXCJcXFx1MDA3ZiJdfSwgeyJ0IjogInRvb2xfZGVueSIsICJ0b29scyI6IFsieF9cdTAwZTkiXX0sIHsidCI6ICJt\
    YXhfY2FsbHMiLCAibWF4X2NhbGxzIjogNX0sIHsidCI6ICJleHAiLCAiZXhwIjogNDEwMjQ0NDgwMH0sIHsidCI6IC\
    J0b29sX2FsbG93IiwgInRvb2xzIjogWyJyZWFkX1x1MDBlOSIsICJyZWFkXzx4PiJdfV0sICJzaWciOiAiS2dZVVRB\
    ck1HUWRjUkNRN0laa0dSLWNLU1pCYk9WaDhHTmxhNlhpTi1RVSJ9";

/// `ROOT` after a program that writes raw UTF-8: allow the names.
pub(crate) const UTF8: &str = "\
    eyJ2Ijo0LCJqdGkiOiJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsInJvb3RfanRpIjoiQUFBQUFHZHZiR1JsYmkxcW\
    RHa3RNREUiLCJpc3MiOiJpbnRlbnRnYXRlIiwidGVuYW50IjoiYWNtZSIsInpvbmUiOiJkZWZhdWx0Iiwic3ViIjoi\
    YWdlbnQteCIsImlhdCI6MTcwMDAwMDAwMCwiY2F2IjpbeyJ0IjoiYWdlbnRfbG9jayIsImFnZW50IjoiYWdlbnQteC\
    J9LHsidCI6InRvb2xfYWxsb3ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF88eD4iLCJhJmIiLCJs4oCocyIsInNh\
    eV_wn5iAIiwicVwiXFx_Il19LHsidCI6Im1heF9jYWxscyIsIm1heF9jYWxscyI6MTB9LHsidCI6InRvb2xfYWxsb3\
    ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF88eD4iLCJhJmIiLCJs4oCocyIsInNheV_wn5iAIiwicVwiXFx_Il19\
    XSwic2lnIjoiZkUyUVctRmQzYWE0MDByYVNINXljNm1SRTRqSkJXS0Z1bVdHNDd4eTN4RSJ9";

/// `ROOT` after a program that escapes as the gateway does: allow the names.
pub(crate) const GATEWAY: &str = "\
    eyJ2Ijo0LCJqdGkiOiJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsInJvb3RfanRpIjoiQUFBQUFHZHZiR1JsYmkxcW\
    RHa3RNREUiLCJpc3MiOiJpbnRlbnRnYXRlIiwidGVuYW50IjoiYWNtZSIsInpvbmUiOiJkZWZhdWx0Iiwic3ViIjoi\
    YWdlbnQteCIsImlhdCI6MTcwMDAwMDAwMCwiY2F2IjpbeyJ0IjoiYWdlbnRfbG9jayIsImFnZW50IjoiYWdlbnQteC\
    J9LHsidCI6InRvb2xfYWxsb3ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF9cdTAwM2N4XHUwMDNlIiwiYVx1MDAy\
    NmIiLCJsXHUyMDI4cyIsInNheV_wn5iAIiwicVwiXFx_Il19LHsidCI6Im1heF9jYWxscyIsIm1heF9jYWxscyI6MT\
    B9LHsidCI6InRvb2xfYWxsb3ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF9cdTAwM2N4XHUwMDNlIiwiYVx1MDAy\
    NmIiLCJsXHUyMDI4cyIsInNheV_wn5iAIiwicVwiXFx_Il19XSwic2lnIjoiQ1RKdnZSXy1fcmhlR2R3c2VnZC1STz\
    lJUkY3MUZNTUZtSnlMOXhpbHdkWSJ9";

/// `UTF8`, then gateway (deny `<`), Python (allow the names, no calls), raw UTF-8 (allow the names).
pub(crate) const MIXED: &str = "\
    eyJ2Ijo0LCJqdGkiOiJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsInJvb3RfanRpIjoiQUFBQUFHZHZiR1JsYmkxcW\
    RHa3RNREUiLCJpc3MiOiJpbnRlbnRnYXRlIiwidGVuYW50IjoiYWNtZSIsInpvbmUiOiJkZWZhdWx0Iiwic3ViIjoi\
    YWdlbnQteCIsImlhdCI6MTcwMDAwMDAwMCwiY2F2IjpbeyJ0IjoiYWdlbnRfbG9jayIsImFnZW50IjoiYWdlbnQteC\
    J9LHsidCI6InRvb2xfYWxsb3ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF88eD4iLCJhJmIiLCJs4oCocyIsInNh\
    eV_wn5iAIiwicVwiXFx_Il19LHsidCI6Im1heF9jYWxscyIsIm1heF9jYWxscyI6MTB9LHsidCI6InRvb2xfYWxsb3\
    ciLCJ0b29scyI6WyJyZWFkX8OpIiwicmVhZF88eD4iLCJhJmIiLCJs4oCocyIsInNheV_wn5iAIiwicVwiXFx_Il19\
    LHsidCI6InRvb2xfZGVueSIsInRvb2xzIjpbIjwiXX0seyJ0IjoidG9vbF9hbGxvdyIsInRvb2xzIjpbInJlYWRfw6\
    kiLCJyZWFkXzx4PiIsImEmYiIsImzigKhzIiwic2F5X_CfmIAiLCJxXCJcXH8iXX0seyJ0IjoibWF4X2NhbGxzIn0s\
    eyJ0IjoidG9vbF9hbGxvdyIsInRvb2xzIjpbInJlYWRfw6kiLCJyZWFkXzx4PiIsImEmYiIsImzigKhzIiwic2F5X_\
    CfmIAiLCJxXCJcXH8iXX1dLCJzaWciOiJKakVMUktNRVZ1VE1BZHJOM0xBUV9vNVY3MnRTUU5NWVhyUEJEY244T1pB\
    In0";

/// `ROOT` after ten rounds of the Python SDK: allow the names.
pub(crate) const PYTHON_TEN_TIMES: &str = "\
    eyJ2IjogNCwgImp0aSI6ICJBQUFBQUdkdmJHUmxiaTFxZEdrdE1ERSIsICJyb290X2p0aSI6ICJBQUFBQUdkdmJHUm\
    xiaTFxZEdrdE1ERSIsICJpc3MiOiAiaW50ZW50Z2F0ZSIsICJ0ZW5hbnQiOiAiYWNtZSIsICJ6b25lIjogImRlZmF1\
    bHQiLCAic3ViIjogImFnZW50LXgiLCAiaWF0IjogMTcwMDAwMDAwMCwgImNhdiI6IFt7InQiOiAiYWdlbnRfbG9jay\
    IsICJhZ2VudCI6ICJhZ2VudC14In0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xzIjogWyJyZWFkX1x1MDBlOSIs\
    ICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHMiLCAic2F5X1x1ZDgzZFx1ZGUwMCIsICJxXCJcXFx1MDA3ZiJdfS\
    wgeyJ0IjogIm1heF9jYWxscyIsICJtYXhfY2FsbHMiOiAxMH0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xzIjog\
    WyJyZWFkX1x1MDBlOSIsICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHMiLCAic2F5X1x1ZDgzZFx1ZGUwMCIsIC\
    JxXCJcXFx1MDA3ZiJdfSwgeyJ0IjogInRvb2xfYWxsb3ciLCAidG9vbHMiOiBbInJlYWRfXHUwMGU5IiwgInJlYWRf\
    PHg-IiwgImEmYiIsICJsXHUyMDI4cyIsICJzYXlfXHVkODNkXHVkZTAwIiwgInFcIlxcXHUwMDdmIl19LCB7InQiOi\
    AidG9vbF9hbGxvdyIsICJ0b29scyI6IFsicmVhZF9cdTAwZTkiLCAicmVhZF88eD4iLCAiYSZiIiwgImxcdTIwMjhz\
    IiwgInNheV9cdWQ4M2RcdWRlMDAiLCAicVwiXFxcdTAwN2YiXX0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xzIj\
    ogWyJyZWFkX1x1MDBlOSIsICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHMiLCAic2F5X1x1ZDgzZFx1ZGUwMCIs\
    ICJxXCJcXFx1MDA3ZiJdfSwgeyJ0IjogInRvb2xfYWxsb3ciLCAidG9vbHMiOiBbInJlYWRfXHUwMGU5IiwgInJlYW\
    RfPHg-IiwgImEmYiIsICJsXHUyMDI4cyIsICJzYXlfXHVkODNkXHVkZTAwIiwgInFcIlxcXHUwMDdmIl19LCB7InQi\
    OiAidG9vbF9hbGxvdyIsICJ0b29scyI6IFsicmVhZF9cdTAwZTkiLCAicmVhZF88eD4iLCAiYSZiIiwgImxcdTIwMj\
    hzIiwgInNheV9cdWQ4M2RcdWRlMDAiLCAicVwiXFxcdTAwN2YiXX0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2xz\
    IjogWyJyZWFkX1x1MDBlOSIsICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHMiLCAic2F5X1x1ZDgzZFx1ZGUwMC\
    IsICJxXCJcXFx1MDA3ZiJdfSwgeyJ0IjogInRvb2xfYWxsb3ciLCAidG9vbHMiOiBbInJlYWRfXHUwMGU5IiwgInJl\
    YWRfPHg-IiwgImEmYiIsICJsXHUyMDI4cyIsICJzYXlfXHVkODNkXHVkZTAwIiwgInFcIlxcXHUwMDdmIl19LCB7In\
    QiOiAidG9vbF9hbGxvdyIsICJ0b29scyI6IFsicmVhZF9cdTAwZTkiLCAicmVhZF88eD4iLCAiYSZiIiwgImxcdTIw\
    MjhzIiwgInNheV9cdWQ4M2RcdWRlMDAiLCAicVwiXFxcdTAwN2YiXX0sIHsidCI6ICJ0b29sX2FsbG93IiwgInRvb2\
    xzIjogWyJyZWFkX1x1MDBlOSIsICJyZWFkXzx4PiIsICJhJmIiLCAibFx1MjAyOHMiLCAic2F5X1x1ZDgzZFx1ZGUw\
    MCIsICJxXCJcXFx1MDA3ZiJdfV0sICJzaWciOiAiMmQ1dEd3SWhsYk9PQU9Ja244US1pWFo0NWFuTGkzbDNYa0NCdD\
    g1MTVhVSJ9";
