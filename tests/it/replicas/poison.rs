//! A value of one tenant that the database does not take.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::future::join_all;
use gw_kernel::TenantId;
use serde_json::json;
use sqlx::Executor;

use super::{Customer, Pair, door::Door, ledger::Ledger};

/// What the database refuses is refused as data (class 22). The sequences count across rollbacks:
/// how often it happened, and how often to a batch that other tenants were in as well.
const REFUSE: &str = "
create sequence public.refused;
create sequence public.shared;
create function public.refuse() returns trigger language plpgsql security definer as $$
begin
    if exists (select from fresh where tenant_id = '{tenant}'
               and position('read_poison'::bytea in body) > 0) then
        perform nextval('public.refused');
        if (select count(distinct tenant_id) > 1 from fresh) then
            perform nextval('public.shared');
        end if;
        raise data_exception;
    end if;
    return null;
end $$;
create trigger refuse after insert on journal.entries referencing new table as fresh
    for each statement execute function public.refuse()";

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_database_refuses_fails_its_own_tenant_alone() {
    let pair = Pair::start().await;
    let doors = pair.doors();
    let mut customers = Vec::new();
    for customer in Customer::many(&pair, 8).await {
        let (token, _) = customer.mint(&doors[0], json!({})).await;
        assert!(doors[0].check(&customer, &token, "read_it").await.unwrap().allows());
        customers.push((customer, token));
    }
    let owner = pair.database.owner().await;
    let poisoned: TenantId = customers[0].0.tenant.parse().unwrap();
    let refuse = REFUSE.replace("{tenant}", &poisoned.uuid().to_string());
    owner.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(refuse))).await.unwrap();

    let refused = Arc::new(AtomicUsize::new(0));
    let clients = (0..64).map(|n| {
        let (door, refused) = (doors[n % 2].clone(), Arc::clone(&refused));
        let (who, token) = customers[n % 8].clone();
        tokio::spawn(async move {
            for round in 0..20 {
                if n % 8 == 0 && round % 2 == 0 {
                    poison(&door, &who, &token).await;
                    refused.fetch_add(1, Ordering::Relaxed);
                } else if n % 8 != 0 {
                    let said = door.check(&who, &token, "read_it").await.unwrap();
                    assert!(said.allows(), "{said:?}");
                }
            }
        })
    });
    join_all(clients).await.into_iter().for_each(Result::unwrap);
    assert_eq!(refused.load(Ordering::Relaxed), 80);

    let last =
        "select last_value from public.refused union all select last_value from public.shared";
    let counts: Vec<i64> = sqlx::query_scalar(last).fetch_all(&owner).await.unwrap();
    eprintln!("{} batches were refused, {} of them of several tenants", counts[0], counts[1]);
    assert!(counts[1] > 1, "no other tenant was ever in a batch with it");
    let (who, token) = &customers[0];
    assert!(doors[1].check(who, token, "read_it").await.unwrap().allows(), "what is good goes on");
    for (n, (who, _)) in customers.iter().enumerate() {
        let ledger = Ledger::read(pair.database.url(), who).await;
        assert_eq!(ledger.of("read_poison"), [], "nothing of what was refused is there");
        assert_eq!(ledger.allowed(), if n == 0 { 2 } else { 8 * 20 + 1 });
    }
    pair.end().await;
}

async fn poison(door: &Door, who: &Customer, token: &str) {
    let said = door.check(who, token, "read_poison").await.unwrap();
    assert_eq!((said.status, said.code()), (503, "check.journal_unavailable"), "{said:?}");
}
