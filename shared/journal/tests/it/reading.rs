use std::sync::Arc;

use gw_crypto::note::VerifierKey;
use gw_journal::read::{self, DecisionFilter};
use gw_kernel::{Cursor, GateId, PageRequest};
use uuid::Uuid;

use crate::{
    decider::{Question, question},
    world::World,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_rebuilt_to_the_byte() {
    let world = Arc::new(World::new(1).await);
    let tenant = world.tenants[0];
    world.owner.append(tenant).await;
    let callers = (0..40).map(|caller| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let batch_signing = caller % 3 == 0;
            world.ask(Question { batch_signing, ..question(tenant) }).await.unwrap()
        })
    });
    let mut all = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        let recorded = caller.await.unwrap();
        all.push((recorded.index, recorded.receipt.to_string()));
        let mut tx = world.reading(tenant).await;
        let entry = read::entry(&mut tx, recorded.answer.id).await.unwrap().unwrap();
        assert_eq!(entry.index, recorded.index);
        assert_eq!(entry.body.as_ref(), Some(&recorded.body));
        assert_eq!(entry.signature, recorded.signature);
        assert_eq!(read::entry_at(&mut tx, recorded.index).await.unwrap().unwrap(), entry);
        let rebuilt = read::receipt(&mut tx, entry.index, None).await.unwrap();
        assert_eq!(rebuilt.to_string(), recorded.receipt.to_string());
    }
    let mut tx = world.reading(tenant).await;
    for wanted in [&all[..], &all[7..9], &[]] {
        let indices: Vec<u64> = wanted.iter().map(|(index, _)| *index).collect();
        let rebuilt = read::receipts(&mut tx, &indices).await.unwrap();
        assert_eq!(rebuilt.len(), wanted.len());
        for (index, receipt) in wanted {
            assert_eq!(&rebuilt[index].to_string(), receipt);
        }
    }
    let missing = read::receipts(&mut tx, &[all[0].0, 41]).await;
    assert!(matches!(missing, Err(read::ReadError::NoEntry(41))));
    let unsigned = read::receipts(&mut tx, &[0]).await;
    assert!(matches!(unsigned, Err(read::ReadError::NoCheckpoint(0))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_that_signs_batches_signs_the_checkpoint() {
    let world = World::new(1).await;
    let tenant = world.tenants[0];
    let recorded = world.ask(Question { batch_signing: true, ..question(tenant) }).await.unwrap();
    let key = gw_crypto::keys::SigningKey::from_seed([5; 32]).public();
    let gate = VerifierKey::new("gatewright.localhost/gates/test", key);
    let note = gw_crypto::note::Note::parse(&recorded.receipt.checkpoint).unwrap();
    assert_eq!(note.verify(&[world.verifier(tenant), gate]).unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrative_entry_is_proven_by_the_next_checkpoint() {
    let world = World::new(1).await;
    let tenant = world.tenants[0];
    world.owner.append(tenant).await;
    world.owner.append(tenant).await;
    let signer = Arc::clone(&world.decider.signers[&tenant]);
    let keys = [world.verifier(tenant)];

    let mut tx = world.reading(tenant).await;
    assert!(read::receipt(&mut tx, 0, None).await.is_err(), "nothing is signed yet");
    assert!(read::receipt(&mut tx, 2, Some(&signer)).await.is_err(), "no such entry");
    let signed_now = read::receipt(&mut tx, 0, Some(&signer)).await.unwrap();
    assert_eq!(signed_now.verify(b"{}", &keys).unwrap().size, 2);
    assert_eq!(signed_now.checkpoint, read::newest_checkpoint(&mut tx, &signer).await.unwrap());
    drop(tx);

    let recorded = world.ask(question(tenant)).await.unwrap();
    let mut tx = world.reading(tenant).await;
    let stored = read::receipt(&mut tx, 0, Some(&signer)).await.unwrap();
    assert_eq!(stored.checkpoint, recorded.receipt.checkpoint);
    assert_eq!(stored.verify(b"{}", &keys).unwrap().size, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gates_decisions_are_listed_newest_first() {
    let world = World::new(2).await;
    let tenant = world.tenants[0];
    for _ in 0..5 {
        world.ask(question(tenant)).await.unwrap();
        world.ask(question(world.tenants[1])).await.unwrap();
    }
    let gate = GateId::from_uuid(Uuid::nil());
    let mut tx = world.reading(tenant).await;
    let mut after = None;
    let mut seen = Vec::new();
    loop {
        let page = PageRequest { limit: 2, after, ..PageRequest::default() };
        let read =
            read::decisions_of_gate(&mut tx, gate, &DecisionFilter::default(), page).await.unwrap();
        seen.extend(read.items.iter().map(|entry| entry.index));
        let Some(cursor) = read.next_cursor else { break };
        after = Some(Cursor::read(&cursor, page.list).unwrap());
    }
    assert_eq!(seen, [4, 3, 2, 1, 0]);
    let nobody = DecisionFilter { agent_id: Some("nobody".to_owned()), ..Default::default() };
    let page = read::decisions_of_gate(&mut tx, gate, &nobody, PageRequest::default());
    assert!(page.await.unwrap().items.is_empty());
}
