#![no_main]

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gw_credentials::capability::{Capability, CaveatKind, NewCaveat, attenuate};
use libfuzzer_sys::fuzz_target;

/// What the capabilities of [`OURS`] were minted under.
const ROOT: [u8; 32] = [7; 32];

static OURS: LazyLock<[Capability; 2]> = LazyLock::new(|| {
    let plain = include_bytes!("../../seeds/capability/plain.json").as_slice();
    let narrow = include_bytes!("../../seeds/capability/narrow.json").as_slice();
    [plain, narrow].map(|json| {
        let ours = Capability::decode(&URL_SAFE_NO_PAD.encode(json)).expect("a seed");
        assert!(ours.verify(&ROOT).is_ok(), "a seed verifies");
        ours
    })
});

fuzz_target!(|bytes: &[u8]| {
    let ours = &*OURS;
    // As JSON, which mutates better than its base64 does, or as a token.
    let token = match bytes.first() {
        Some(b'{') => URL_SAFE_NO_PAD.encode(bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    };
    let Ok(read) = Capability::decode(&token) else { return };
    assert!(!read.claims.sub.is_empty() && !read.claims.tenant.is_empty());
    let verified = read.verify(&ROOT);
    if let Ok(verified) = &verified {
        let same = |ours: &Capability| ours.claims == read.claims && kinds(ours) == kinds(&read);
        assert!(ours.iter().any(|ours| same(ours)), "forged, widened or narrowed: {read:?}");
        assert_eq!(verified.hops.len(), read.caveats.len());
    }
    let Ok(child) = attenuate(&token, &[NewCaveat::MaxCalls(1)]) else { return };
    let child = Capability::decode(&child).expect("what we append to, we read");
    assert_eq!(child.claims, read.claims, "what is appended to stays what it was");
    let mut appended = kinds(&read);
    appended.push(CaveatKind::MaxCalls { max_calls: 1 });
    assert_eq!(kinds(&child), appended, "a caveat of a child's says something else");
    assert_eq!(child.verify(&ROOT).is_ok(), verified.is_ok(), "only a good chain goes on");
});

fn kinds(capability: &Capability) -> Vec<CaveatKind> {
    capability.caveats.iter().map(|caveat| caveat.kind.clone()).collect()
}
