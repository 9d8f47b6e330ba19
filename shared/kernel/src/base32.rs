//! Crockford's base32 in lower case, as used in ids and in key secrets.

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The text is not base32 of the expected number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not Crockford base32 of the expected length")]
pub struct Base32Error;

/// Encodes bytes as lower-case Crockford base32, most significant bits first.
///
/// A length that is not a multiple of five bits is padded *in front* with zero bits, so that
/// 16 bytes become 26 characters and 32 bytes become 52, and sort as the bytes do.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let bits = bytes.len() * 8;
    let length = bits.div_ceil(5);
    let padding = length * 5 - bits;
    (0..length)
        .map(|index| {
            let value = (0..5).fold(0u8, |value, offset| {
                let bit = (index * 5 + offset).checked_sub(padding);
                value << 1 | bit.map_or(0, |bit| bytes[bit / 8] >> (7 - bit % 8) & 1)
            });
            char::from(ALPHABET[usize::from(value)])
        })
        .collect()
}

/// Decodes what [`encode`] wrote: exactly `N` bytes, lower case only, padding bits zero.
///
/// # Errors
/// Any other text, so that one value has one spelling.
pub fn decode<const N: usize>(text: &str) -> Result<[u8; N], Base32Error> {
    let length = (N * 8).div_ceil(5);
    if text.len() != length {
        return Err(Base32Error);
    }
    let padding = length * 5 - N * 8;
    let mut bytes = [0u8; N];
    for (index, symbol) in text.bytes().enumerate() {
        let value = ALPHABET.iter().position(|known| *known == symbol).ok_or(Base32Error)?;
        for offset in 0..5 {
            let set = value >> (4 - offset) & 1 == 1;
            match (index * 5 + offset).checked_sub(padding) {
                Some(bit) if set => bytes[bit / 8] |= 1 << (7 - bit % 8),
                None if set => return Err(Base32Error),
                _ => {}
            }
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bytes_become_26_characters_and_come_back() {
        let bytes: [u8; 16] = std::array::from_fn(|i| u8::try_from(i * 17).unwrap());
        let text = encode(&bytes);
        assert_eq!(text.len(), 26);
        assert_eq!(decode::<16>(&text), Ok(bytes));
    }

    #[test]
    fn a_value_has_one_spelling() {
        let text = encode(&[0xff; 16]);
        assert_eq!(text, "7zzzzzzzzzzzzzzzzzzzzzzzzz");
        assert_eq!(decode::<16>("8zzzzzzzzzzzzzzzzzzzzzzzzz"), Err(Base32Error));
        assert_eq!(decode::<16>(&text.to_uppercase()), Err(Base32Error));
        assert_eq!(decode::<16>(""), Err(Base32Error));
    }
}
