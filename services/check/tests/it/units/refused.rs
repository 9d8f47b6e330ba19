//! What cannot be asked is refused whole, says where it is, and changes nothing.

use gw_check::{Check, CheckConfig};
use gw_credentials::capability::NewCaveat;
use gw_testkit::App;
use serde_json::{Value, json};

use super::{ask, decide, path};
use crate::world::{World, search, world};

/// The status, the code, and the pointer where there is one.
async fn refusal(world: &World, body: &str) -> (u16, String, String) {
    let (status, problem) =
        world.app.post_bytes(&path(world), &world.tenant.api_key, body.to_owned()).await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (status.as_u16(), text(&problem["code"]), text(&problem["errors"][0]["pointer"]))
}

#[tokio::test]
async fn nothing_is_decided_where_something_cannot_be_read() {
    let world = world().await;
    let good = search(&world.token(&[]));
    let before = world.entries().await;
    let after_good = |bad: Value| json!({ "checks": [good, good, bad] }).to_string();
    let with = |member: &str, value: Value| {
        let mut body = good.clone();
        body[member] = value;
        after_good(body)
    };
    let nested = format!("{}1{}", "[".repeat(70), "]".repeat(70));
    for (body, code, pointer) in [
        (after_good(json!({})), "request.missing_member", "/checks/2/action"),
        (after_good(json!(7)), "request.wrong_type", "/checks/2"),
        (after_good(Value::Null), "request.wrong_type", "/checks/2"),
        (with("action", json!("")), "request.wrong_type", "/checks/2/action"),
        (with("action", json!("a".repeat(257))), "request.too_long", "/checks/2/action"),
        (with("target", json!(1)), "request.wrong_type", "/checks/2/target"),
        (with("cost_cents", json!(-1)), "request.wrong_type", "/checks/2/cost_cents"),
        (with("Action", json!("x")), "request.case_variant", "/checks/2/Action"),
        (with("idempotency_key", json!("")), "request.wrong_type", "/checks/2/idempotency_key"),
        (with("approval_id", json!("appr_1")), "request.not_supported", "/checks/2/approval_id"),
        (with("dry_run", json!(true)), "request.not_supported", "/checks/2/dry_run"),
        (
            with("context", json!({"path": "x".repeat(60_000)})),
            "request.record_too_large",
            "/checks/2",
        ),
        (with("arguments", json!({"x": "y".repeat(256 * 1024)})), "request.too_long", "/checks/2"),
        (json!({}).to_string(), "request.missing_member", "/checks"),
        (json!({ "checks": good }).to_string(), "request.wrong_type", "/checks"),
        (json!({ "checks": [] }).to_string(), "checks.empty", "/checks"),
        (json!({ "checks": vec![&good; 257] }).to_string(), "checks.too_many", "/checks"),
        (json!({ "Checks": [good] }).to_string(), "request.case_variant", "/Checks"),
        (json!([good]).to_string(), "request.wrong_type", ""),
        ("{\"checks\":[],\"checks\":[]}".to_owned(), "request.duplicate_member", ""),
        ("{\"checks\":[".to_owned(), "request.malformed", ""),
        (format!("{{\"checks\":[{nested}]}}"), "request.too_deep", ""),
    ] {
        let got = refusal(&world, &body).await;
        let shown: String = body.chars().take(200).collect();
        assert_eq!((got.0, got.1.as_str(), got.2.as_str()), (400, code, pointer), "{shown}");
    }
    let large = json!({ "checks": [good], "x": "y".repeat(4 * 1024 * 1024) }).to_string();
    assert_eq!(refusal(&world, &large).await.0, 413);
    let headers = [("content-type", "text/plain")];
    assert_eq!(world.ask_headed(&headers, "{}").await.0.as_u16(), 415);
    assert_eq!(world.entries().await, before, "nothing was recorded");
    let arguments = json!({"x": "y".repeat(200 * 1024)});
    let mut long = good.clone();
    long["arguments"] = arguments;
    assert_eq!(decide(&world, vec![long; 10]).await.len(), 10, "each may be as long as alone");
}

#[tokio::test]
async fn an_epoch_that_one_of_them_has_seen_holds_for_all() {
    let world = world().await;
    let good = search(&world.token(&[]));
    let mut seen = good.clone();
    seen["min_epoch"] = 1_000_000.into();
    let before = world.entries().await;
    let (status, problem) = ask(&world, vec![good.clone(), seen, good]).await;
    assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("log.regressed")));
    assert_eq!(world.entries().await, before);
}

#[tokio::test]
async fn a_caller_s_rate_counts_every_check() {
    let world = world().await;
    let config = CheckConfig { caller_checks_per_second: 10, ..CheckConfig::default() };
    let world = World { app: App::build::<Check>(&world.db, config).await, ..world };
    let good = search(&world.token(&[]));
    assert_eq!(ask(&world, vec![good.clone(); 7]).await.0, 200);
    let before = world.entries().await;
    let (status, problem) = ask(&world, vec![good.clone(); 4]).await;
    assert_eq!((status.as_u16(), &problem["code"]), (429, &json!("caller.rate_limited")));
    let (status, problem) = ask(&world, vec![good.clone(); 12]).await;
    assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("checks.too_many")));
    assert!(problem["detail"].as_str().unwrap().contains("10"), "{problem:#}");
    assert_eq!(world.entries().await, before);
    assert_eq!(ask(&world, vec![good]).await.0, 200, "one is left");
}

/// What the database does not take, at whatever place of a unit.
const REFUSE: &str = "
create function public.refuse() returns trigger language plpgsql security definer as $$
begin
    if position('\"action\":\"poison\"'::bytea in new.body) > 0 then raise data_exception; end if;
    return new;
end $$;
create trigger refuse before insert on journal.entries for each row execute function public.refuse()";

#[tokio::test]
async fn a_value_that_the_database_refuses_takes_its_whole_unit_with_it() {
    let world = world().await;
    let token = world.token(&[NewCaveat::MaxCalls(9)]);
    let (good, mut bad) = (search(&token), search(&token));
    bad["action"] = "poison".into();
    let owner = world.db.owner().await;
    sqlx::raw_sql(REFUSE).execute(&owner).await.unwrap();
    let before = world.entries().await;
    for place in 0..3 {
        let mut checks = vec![good.clone(); 3];
        checks[place] = bad.clone();
        let (status, problem) = ask(&world, checks).await;
        assert_eq!(problem["code"], "check.journal_unavailable", "{problem:#}");
        let (next, sound) = ask(&world, vec![good.clone(); 2]).await;
        assert_eq!((status.as_u16(), next.as_u16()), (503, 200), "{sound:#}");
    }
    assert_eq!(world.entries().await, before + 6, "what is sound is recorded, and nothing else");
    let (_, last) = world.ask_with(&token).await;
    assert_eq!(last["limits"][0]["remaining"], 2, "and nothing else is taken");
}
