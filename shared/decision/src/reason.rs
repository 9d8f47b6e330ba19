/// The bare word that existing clients know a code by, where no credential was shown.
pub(crate) fn bare(code: &'static str) -> &'static str {
    match code {
        "credential.missing" => "passport_required",
        other => other,
    }
}
