//! Members that several requests have, each read in one place.

use gw_kernel::Text;
use gw_web::Faults;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::{
    domain::{Mode, SecurityProfile, Signing},
    error::GateError,
};

/// The profile, under whichever of its names; names that disagree are refused.
pub(super) fn profile(
    given: &[(&'static str, Option<String>)],
) -> Result<Option<SecurityProfile>, GateError> {
    let mut chosen: Option<SecurityProfile> = None;
    for (member, text) in given {
        let Some(text) = text else { continue };
        let profile = text
            .parse()
            .map_err(|_| GateError::Profile(member, format!("`{member}` is one of L1, L2, L3")))?;
        if chosen.is_some_and(|other| other != profile) {
            let sentence = format!("`{member}` says another profile than the member before it");
            return Err(GateError::Profile(member, sentence));
        }
        chosen = Some(profile);
    }
    Ok(chosen)
}

pub(super) fn mode(text: Option<&str>) -> Result<Option<Mode>, GateError> {
    let word = text.map(str::parse).transpose();
    word.map_err(|_| GateError::BadWord { member: "mode", words: "`enforce`, `observe`" })
}

pub(super) fn signing(text: Option<&str>) -> Result<Option<Signing>, GateError> {
    let word = text.map(str::parse).transpose();
    word.map_err(|_| GateError::BadWord { member: "signing", words: "`each`, `batch`" })
}

/// An empty description is none.
pub(super) fn description(text: Option<Text<0, 2000>>) -> Option<String> {
    text.map(Text::into_string).filter(|text| !text.is_empty())
}

/// A member that promises what is not there is refused; one that asks for nothing is not.
pub(super) fn refuse_unavailable(
    faults: &mut Faults,
    asked: impl IntoIterator<Item = (&'static str, bool)>,
) {
    for (member, _) in asked.into_iter().filter(|(_, wanted)| *wanted) {
        faults.take(Err::<(), _>(GateError::OptionUnavailable(member)));
    }
}

/// Null, false and what is empty ask for nothing.
pub(super) fn asks_for_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

/// A member that may be absent, and not null: there is nothing that null could mean.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    value: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}
