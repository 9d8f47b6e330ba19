use x509_cert::{Certificate, der::Decode};

/// When this certificate expires, in seconds since 1970.
pub(super) fn of(certificate: &[u8]) -> Result<i64, String> {
    let parsed = Certificate::from_der(certificate);
    let parsed = parsed.map_err(|error| format!("the certificate cannot be read: {error}"))?;
    let end = parsed.tbs_certificate().validity().not_after.to_unix_duration();
    Ok(i64::try_from(end.as_secs()).unwrap_or(i64::MAX))
}
