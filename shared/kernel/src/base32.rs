//! Crockford's base32 in lower case, as used in ids and in key secrets.

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What each byte stands for; [`NOTHING`] for those that are not in the alphabet.
const VALUES: [u8; 256] = values();
const NOTHING: u8 = u8::MAX;

const fn values() -> [u8; 256] {
    let mut values = [NOTHING; 256];
    let mut value = 0u8;
    while (value as usize) < ALPHABET.len() {
        values[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    values
}

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
    let mut text = vec![0; (bytes.len() * 8).div_ceil(5)];
    encode_into(bytes, &mut text);
    text.into_iter().map(char::from).collect()
}

/// Fills `text` with what [`encode`] makes of the bytes: from the end, so that the padding is in
/// front. Ids are written several times in every answer.
pub(crate) fn encode_into(bytes: &[u8], text: &mut [u8]) {
    let mut bytes = bytes.iter().rev();
    let (mut pending, mut bits) = (0u16, 0);
    for symbol in text.iter_mut().rev() {
        if bits < 5 {
            pending |= u16::from(bytes.next().copied().unwrap_or_default()) << bits;
            bits += 8;
        }
        *symbol = ALPHABET[usize::from(pending & 31)];
        pending >>= 5;
        bits -= 5;
    }
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
    let mut bytes = [0u8; N];
    let mut place = bytes.iter_mut();
    // What stands in front of the first byte has to be zero.
    let (mut pending, mut bits) = (0u16, 0usize);
    let mut padding = length * 5 - N * 8;
    for symbol in text.bytes() {
        let value = VALUES[usize::from(symbol)];
        if value == NOTHING || (padding > 0 && value >> (5 - padding) != 0) {
            return Err(Base32Error);
        }
        pending = pending << 5 | u16::from(value);
        bits += 5 - std::mem::take(&mut padding);
        if bits >= 8 {
            bits -= 8;
            let [_, byte] = (pending >> bits).to_be_bytes();
            if let Some(place) = place.next() {
                *place = byte;
            }
            pending &= (1 << bits) - 1;
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
    fn every_length_comes_back_and_sorts_as_the_bytes_do() {
        fn round<const N: usize>() {
            let texts = [[0x00; N], [0x5a; N], [0xa5; N], [0xff; N]].map(|bytes| {
                let text = encode(&bytes);
                assert_eq!(decode::<N>(&text), Ok(bytes), "{text}");
                text
            });
            assert!(texts.is_sorted());
        }
        round::<1>();
        round::<5>();
        round::<10>();
        round::<16>();
        round::<32>();
        assert_eq!(encode(&[1]), "01");
        assert_eq!(encode(&[0x80, 0x01]), "1001");
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
