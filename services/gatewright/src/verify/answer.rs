//! What is checked, in order: the record's form, the gate's signature, the receipt, and then that
//! everything the answer repeats outside the signed bytes agrees with them.

use base64::{Engine, engine::general_purpose::STANDARD};
use gw_contracts::DecisionRecord;
use gw_crypto::{canonical, keys::PublicKey, note::VerifierKey, receipt::Receipt, strict};
use gw_kernel::AttestationId;
use serde::Serialize;
use serde_json::Value;

use super::{GateKeys, LogKeys, Refused};

/// What has been proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// The decision's id.
    pub decision_id: String,
    /// `allow`, `block` or `request_hold`.
    pub decision: String,
    /// Why.
    pub reason_code: String,
    /// The agent, if a credential named one.
    pub agent_id: Option<String>,
    /// What was asked for.
    pub action: String,
    /// The gate that decided.
    pub gate_id: String,
    /// When it was decided.
    pub time: String,
    /// The key pair that signed.
    pub signing_key_id: String,
    /// `each`: the record is signed; `batch`: the checkpoint is co-signed.
    pub signing: &'static str,
    /// The log.
    pub log: String,
    /// The record's position in it.
    pub index: u64,
    /// The size of the log that the receipt speaks of.
    pub log_size: u64,
}

/// As [`verify_with`], where the log's key is one and was never another.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify(file: &[u8], keys: &GateKeys, log_key: &VerifierKey) -> Result<Facts, Refused> {
    verify_with(file, keys, &LogKeys::from(log_key))
}

/// Checks a whole answer, or a bare attestation, against published keys.
///
/// # Errors
/// The first thing that does not hold.
pub fn verify_with(file: &[u8], keys: &GateKeys, log_keys: &LogKeys) -> Result<Facts, Refused> {
    let file = strict::parse(file, 64).map_err(|error| Refused::Unreadable(error.to_string()))?;
    let attestation = file.get("attestation").unwrap_or(&file);
    let json = text(attestation, "attestation_json")?;
    let record = read_record(json)?;
    let data = &record.data;

    let key_id = data.basis.key_id.to_string();
    agree("signing_key_id", text(attestation, "signing_key_id")?, &key_id)?;
    agree("attestation_id", text(attestation, "attestation_id")?, &attestation_id(&record))?;
    let published = keys.get(&key_id)?;
    let gate_key = &published.key;
    if PublicKey::from_base64(text(attestation, "attester_public_key")?).as_ref() != Ok(gate_key) {
        return Err(Refused::ForeignKey);
    }

    let receipt: Receipt =
        text(attestation, "receipt")?.parse().map_err(|error| refuse_receipt(&error))?;
    let checkpoint = log_keys.verify(&receipt, json.as_bytes())?;
    // Behind the tenant stands the history, where the log once lost entries.
    let origin = checkpoint.origin.split_once(&format!("/log/{}", data.tenant_id));
    let (host, _) = origin
        .filter(|(_, history)| history.is_empty() || history.starts_with('/'))
        .ok_or(Refused::ForeignLog)?;
    let host = host.to_owned();

    published.may_sign(receipt.index)?;
    let signing = match attestation.get("signature") {
        Some(Value::String(signature)) => verify_record(signature, json, gate_key)?,
        Some(_) => return Err(Refused::Member("signature")),
        None => verify_checkpoint(&receipt, &format!("{host}/gates/{}", data.gate_id), gate_key)?,
    };
    if file.get("attestation").is_some() {
        verify_repeated(&file, &record)?;
    }
    Ok(Facts {
        decision_id: record.id.to_string(),
        decision: data.decision.to_string(),
        reason_code: data.reason_code.to_string(),
        agent_id: data.agent_id.as_deref().map(ToOwned::to_owned),
        action: data.action.to_string(),
        gate_id: data.gate_id.to_string(),
        time: record.time.clone(),
        signing_key_id: key_id,
        signing,
        log: checkpoint.origin,
        index: receipt.index,
        log_size: checkpoint.size,
    })
}

fn read_record(json: &str) -> Result<DecisionRecord, Refused> {
    let value = strict::parse(json.as_bytes(), 64).map_err(|_| Refused::Record)?;
    let canonical = canonical::to_vec(&value).map_err(|_| Refused::Record)?;
    if canonical != json.as_bytes() || value["type"] != "check.decided.v1" {
        return Err(Refused::Record);
    }
    serde_json::from_value(value).map_err(|_| Refused::Record)
}

fn verify_record(signature: &str, json: &str, key: &PublicKey) -> Result<&'static str, Refused> {
    let signature = STANDARD.decode(signature).map_err(|_| Refused::Signature)?;
    key.verify_strict(json.as_bytes(), &signature).map_err(|_| Refused::Signature)?;
    Ok("each")
}

fn verify_checkpoint(
    receipt: &Receipt,
    name: &str,
    key: &PublicKey,
) -> Result<&'static str, Refused> {
    let note = gw_crypto::note::Note::parse(&receipt.checkpoint).map_err(|_| Refused::Unsigned)?;
    let gate = VerifierKey::new(name, *key);
    note.verify(&[gate]).map(|_| "batch").map_err(|_| Refused::Unsigned)
}

/// Members of the answer that repeat the record. Every other member is not signed.
fn verify_repeated(answer: &Value, record: &DecisionRecord) -> Result<(), Refused> {
    let data = &record.data;
    agree("decision_id", text(answer, "decision_id")?, &record.id.to_string())?;
    agree("attestation_id", text(answer, "attestation_id")?, &attestation_id(record))?;
    agree("decision", text(answer, "decision")?, &data.decision)?;
    agree("reason_code", text(answer, "reason_code")?, &data.reason_code)?;
    agree("code", text(answer, "code")?, code_of(&data.reason_code))?;
    agree("gate_id", text(answer, "gate_id")?, &data.gate_id.to_string())?;
    agree("access_mode", text(answer, "access_mode")?, &data.access_mode)?;
    agree("evaluated_at", text(answer, "evaluated_at")?, &record.time)?;
    agree("agent_id", optional(answer, "agent_id")?, data.agent_id.as_deref())?;
    agree("would", optional(answer, "would")?, data.would.as_deref())?;
    let passport = data.principal.as_ref().filter(|principal| principal.kind == "passport");
    let passport = passport.map(|passport| &*passport.credential_id);
    agree("passport_id", optional(answer, "passport_id")?, passport)?;
    agree("allowed", answer.get("allowed"), Some(&Value::Bool(data.decision == "allow")))?;
    agree("epoch", answer.get("epoch"), Some(&data.basis.epoch.0.into()))
}

/// The record keeps the code that the surface showed; ours stands behind it.
fn code_of(reason_code: &str) -> &str {
    if reason_code == "passport_required" { "credential.missing" } else { reason_code }
}

fn optional<'a>(object: &'a Value, member: &'static str) -> Result<Option<&'a str>, Refused> {
    match object.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => text(object, member).map(Some),
    }
}

fn attestation_id(record: &DecisionRecord) -> String {
    AttestationId::from_uuid(record.id.uuid()).to_string()
}

fn text<'a>(object: &'a Value, member: &'static str) -> Result<&'a str, Refused> {
    object.get(member).and_then(Value::as_str).ok_or(Refused::Member(member))
}

fn agree<T: PartialEq>(member: &'static str, said: T, recorded: T) -> Result<(), Refused> {
    if said == recorded { Ok(()) } else { Err(Refused::Disagrees(member)) }
}

fn refuse_receipt(error: &dyn std::fmt::Display) -> Refused {
    Refused::Receipt(error.to_string())
}
