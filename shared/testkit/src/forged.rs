/// What ends in base64url (RFC 4648, section 5) with another last character: a key,
/// a token or a cursor that still decodes, and that nobody made. It is never the text it was given.
///
/// # Panics
/// When the text is empty.
pub fn forged(text: &str) -> String {
    let (kept, last) = text.split_at(text.len() - 1);
    format!("{kept}{}", if last == "A" { 'Q' } else { 'A' })
}
