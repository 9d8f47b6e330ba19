//! Whose request it is, behind proxies that say so.
//!
//! A header that anybody can send proves nothing. The nearest address is the connection's; where
//! that is a proxy of ours, what it added at the right end of its header is the next, and so on to
//! the left until an address is nobody's of ours. That one is the client's. What cannot be read
//! ends the walk: the last address that is known answers for it.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The header in which proxies say whom they speak for. The other one is not believed: a proxy
/// hands on what it does not know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The client's address, as far as it is known.
pub(crate) fn client(
    peer: IpAddr,
    headers: &HeaderMap,
    trusted: &[IpNet],
    header: ForwardedHeader,
) -> IpAddr {
    let mut known = peer.to_canonical();
    let is_ours = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !is_ours(&known) {
        return known;
    }
    let name = match header {
        ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
        ForwardedHeader::Forwarded => header::FORWARDED,
    };
    for line in headers.get_all(name).iter().rev() {
        let Ok(line) = line.to_str() else { return known };
        let Some(elements) = split(line, ',') else { return known };
        for element in elements.iter().rev() {
            let said = match header {
                ForwardedHeader::XForwardedFor => address(element.trim()),
                ForwardedHeader::Forwarded => forwarded_for(element),
            };
            let Some(said) = said else { return known };
            known = said;
            if !is_ours(&known) {
                return known;
            }
        }
    }
    known
}

/// The address of one element of `Forwarded`: of its parameter `for`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = split(element, ';')?;
    let pair = pairs.iter().filter_map(|pair| pair.trim().split_once('='));
    let mut values = pair.filter(|(name, _)| name.eq_ignore_ascii_case("for"));
    let (_, value) = values.next()?;
    if values.next().is_some() {
        return None;
    }
    let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    address(unquoted.unwrap_or(value))
}

/// An address, with or without a port; of version 6 also in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let alone = bare.parse::<IpAddr>().ok();
    let address = alone.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address| address.to_canonical())
}

/// The parts between these, but not within quotes; none where a quote does not end.
fn split(text: &str, at: char) -> Option<Vec<&str>> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = text.split(|c| {
        let ends = c == at && !quoted;
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        ends
    });
    let parts = parts.collect();
    (!quoted).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, header: ForwardedHeader, lines: &[(&'static str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, line) in lines {
            headers.append(*name, line.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "2001:db8:1::/48".parse().unwrap()];
        client(peer.parse().unwrap(), &headers, &trusted, header).to_string()
    }

    fn x(peer: &str, lines: &[&str]) -> String {
        let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        of(peer, ForwardedHeader::XForwardedFor, &lines)
    }

    fn forwarded(line: &str) -> String {
        of("10.0.0.1", ForwardedHeader::Forwarded, &[("forwarded", line)])
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(x("192.0.2.9", &["203.0.113.7"]), "192.0.2.9");
        assert_eq!(x("::ffff:192.0.2.9", &["203.0.113.7"]), "192.0.2.9");
    }

    #[test]
    fn what_our_proxies_added_is_believed_from_the_right() {
        assert_eq!(x("10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(x("::ffff:10.0.0.1", &["203.0.113.7:4711"]), "203.0.113.7");
        assert_eq!(x("10.0.0.1", &["1.1.1.1, 203.0.113.7, 10.2.0.1"]), "203.0.113.7", "forged");
        assert_eq!(x("10.0.0.1", &["1.1.1.1", "203.0.113.7", "10.2.0.1"]), "203.0.113.7");
        assert_eq!(x("2001:db8:1::5", &["[2001:db8:2::7]:80"]), "2001:db8:2::7");
        assert_eq!(x("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3", "all are ours");
        assert_eq!(x("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_cannot_be_read_ends_the_walk() {
        assert_eq!(x("10.0.0.1", &["1.1.1.1, unknown, 10.2.0.1"]), "10.2.0.1");
        assert_eq!(x("10.0.0.1", &["203.0.113.7, "]), "10.0.0.1");
        assert_eq!(forwarded("for=203.0.113.7;by=\"open"), "10.0.0.1");
        assert_eq!(forwarded("for=_hidden, for=10.0.0.2"), "10.0.0.2");
        assert_eq!(forwarded("for=1.1.1.1;for=203.0.113.7"), "10.0.0.1");
        assert_eq!(forwarded("proto=https"), "10.0.0.1");
    }

    #[test]
    fn rfc_7239_is_read_where_it_is_configured_and_nothing_else() {
        assert_eq!(forwarded("for=192.0.2.60;proto=http;by=203.0.113.43"), "192.0.2.60");
        assert_eq!(forwarded("For=\"[2001:db8:cafe::17]:4711\""), "2001:db8:cafe::17");
        assert_eq!(forwarded("for=1.1.1.1, for=192.0.2.43;host=\"a,b\""), "192.0.2.43");
        let both = [("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "192.0.2.43")];
        assert_eq!(of("10.0.0.1", ForwardedHeader::XForwardedFor, &both), "192.0.2.43");
        assert_eq!(of("10.0.0.1", ForwardedHeader::Forwarded, &both), "1.1.1.1");
    }
}
