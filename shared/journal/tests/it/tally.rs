//! What a batch's decisions count as stands beside it.

use std::sync::Arc;

use gw_kernel::ApiKeyId;

use crate::{
    decider::{Question, question},
    owner::new_id,
    world::World,
};

/// Of two tenants' decisions, of several callers and each way, in batches with administrative ones
/// between them.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_says_what_its_decisions_count_as() {
    let world = Arc::new(World::with(2, |options| options.lanes = 2).await);
    let keys: [ApiKeyId; 2] = [new_id(), new_id()];
    let callers = (0..240).map(|caller| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let tenant = world.tenants[caller % 2];
            if caller % 40 == 0 {
                world.owner.append(tenant).await;
            }
            let budget = (caller % 5 == 0).then(|| ("hop".to_owned(), 7));
            let caller = keys.get(caller / 2 % 3).copied();
            world.ask(Question { budget, caller, ..question(tenant) }).await.unwrap();
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    for tenant in &world.tenants {
        world.assert_sound(*tenant).await;
        let counted = "select sum((line ->> 'count')::bigint)::bigint from journal.batches
            cross join lateral jsonb_array_elements(tally) line where tenant_id = $1";
        assert_eq!(world.owner.number(counted, *tenant).await, 120);
        let kinds = "select count(distinct (line ->> 'decision', line ->> 'caller'))
            from journal.batches cross join lateral jsonb_array_elements(tally) line
            where tenant_id = $1";
        assert_eq!(world.owner.number(kinds, *tenant).await, 6);
        let together = "select count(*) from journal.batches
            cross join lateral jsonb_array_elements(tally) line
            where tenant_id = $1 and (line ->> 'count')::bigint > 1";
        assert!(world.owner.number(together, *tenant).await > 0, "no two were counted together");
    }
}
