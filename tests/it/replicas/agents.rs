//! The published Python SDK, unchanged, before two replicas that take turns, one of which is killed
//! while it is at work: nothing lost, doubled or stale.

use serde_json::{Value, json};

use super::{Customer, Pair, ledger::Ledger, round_robin::RoundRobin};
use crate::{server::Server, tokens::python};

/// An agent's own code: each call is a tool of its own, and is made once. What came of each is the
/// decision, the code of the refusal, or the name of whatever else was raised.
const AGENT: &str = "
import json, sys
from intentgate import Gateway, IntentGateError
q = json.load(sys.stdin)
said = []
with Gateway(url=q['url'], token=q['token']) as gateway:
    for n in range(q['from'], q['from'] + q['calls']):
        try:
            said.append(gateway.tool_call('read_%d' % n).intentgate.decision)
        except IntentGateError as error:
            said.append(getattr(error, 'code', None) or type(error).__name__)
        except Exception as error:
            said.append(type(error).__name__)
print(json.dumps(said))
";

const CALLS: usize = 400;
const BUDGET: usize = 300;

/// What the SDK raises where a budget is used up, and where the capability does not do.
const BUDGET_ERROR: i64 = -32013;
const CAPABILITY_ERROR: i64 = -32010;

async fn run(url: &str, token: &str, from: usize, calls: usize) -> Vec<Value> {
    let question = json!({ "url": url, "token": token, "from": from, "calls": calls });
    let said = tokio::task::spawn_blocking(move || python(AGENT, &question)).await.unwrap();
    said.as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_loses_nothing_when_one_of_two_replicas_is_killed() {
    let mut pair = Pair::start().await;
    let who = Customer::many(&pair, 1).await.remove(0);
    let [first, _] = pair.doors();
    let budget = i64::try_from(BUDGET).unwrap();
    let (token, jti) = who.mint(&first, json!({ "tools": ["read_*"], "max_calls": budget })).await;
    let urls = [&pair.first.ready.base_url, &pair.second.ready.base_url].map(String::as_str);
    let front = RoundRobin::over(&urls).await;

    let (said, ()) = tokio::join!(
        run(front.url(), &token, 0, CALLS),
        kill_in_the_middle(&mut pair.second, &front),
    );
    assert_eq!(said.len(), CALLS);
    let ledger = Ledger::read(pair.database.url(), &who).await;
    let mut unheard = 0;
    for (n, said) in said.iter().enumerate() {
        let recorded = ledger.of(&format!("read_{n}"));
        let allows = recorded.iter().any(|decision| decision.allows);
        match said {
            said if *said == "allow" => assert!(allows && recorded.len() == 1, "{n}: {recorded:?}"),
            said if *said == BUDGET_ERROR => {
                assert!(!allows && recorded.len() == 1, "{n}: {recorded:?}");
            }
            _ => {
                unheard += 1;
                assert!(recorded.len() <= 1, "{n}: {said}: {recorded:?}");
            }
        }
    }
    eprintln!("{unheard} of {CALLS} calls were under way when their replica was killed");
    assert!(unheard <= 1, "one agent has one call under way: {said:?}");
    assert_eq!(ledger.allowed(), BUDGET);
    assert!((0..2).all(|replica| front.served(replica) > CALLS / 8), "both were asked");

    // Nothing stale: what is revoked on one is refused by whoever has the turn.
    let (fresh, _) = who.mint(&first, json!({ "tools": ["read_*"] })).await;
    assert_eq!(run(front.url(), &fresh, CALLS, 4).await, ["allow"; 4]);
    for revoked in [json!({ "jti": jti }), json!({ "subject": "agent-x" })] {
        first.post("/v1/admin/revoke", &who.key, revoked).await.unwrap().done();
    }
    let refused = run(front.url(), &fresh, CALLS + 4, 6).await;
    assert_eq!(refused, vec![json!(CAPABILITY_ERROR); 6]);
    pair.end().await;
}

/// SIGKILL once it has served its part, and a new process after some calls without it.
async fn kill_in_the_middle(replica: &mut Server, front: &RoundRobin) {
    wait(|| front.served(1) >= CALLS / 8).await;
    replica.kill();
    let without = front.served(0);
    wait(|| front.served(0) >= without + CALLS / 8).await;
    replica.restart().await;
    front.moved(1, &replica.ready.base_url);
}

async fn wait(until: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if until() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the agent does not go on");
}
