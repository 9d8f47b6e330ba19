//! Every operation that the product describes, called by everybody who can be somebody in another
//! tenant, with the first tenant's ids: nobody is told more than of an id that nobody has, and
//! nothing of the first tenant's changes. And checks of many tenants, in the same batches.

mod answer;
mod callers;
mod examples;
mod mixing;
mod operations;
mod requests;
mod rows;
mod things;
mod world;

use self::{examples::gaps, world::World};

/// What a stranger is told once there is no wall.
const CONTROL: [&str; 7] = [
    "decisions.read",
    "gates.list_gates",
    "gates.read_gate",
    "gates.rotate_keypair",
    "history.of_api_key",
    "tenants.list_operators",
    "tenants.rotate_api_key",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_is_red_when_the_wall_is_taken_away() {
    let world = World::make().await;
    rows::take_the_wall_away(world.database.url()).await;
    let breaches = world.sweep(&world.strangers).await;
    for operation in CONTROL {
        let found = breaches.iter().any(|breach| breach.starts_with(operation));
        assert!(found, "the sweep does not see that {operation} has no wall: {breaches:#?}");
    }
    assert_ne!(world.rows().await, world.before, "somebody rotated the first tenant's keys");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_anything_of_another_tenant() {
    let world = World::make().await;
    assert_eq!(gaps(&world.operations), [""; 0]);
    let everybody = [world.strangers.clone(), world.roles().await].concat();
    assert_eq!(world.sweep(&everybody).await, [""; 0]);
    assert_eq!(world.rows().await, world.before, "the first tenant's rows changed");
    assert_eq!(
        world.rightful().await,
        [""; 0],
        "the examples do not work: the sweep proves nothing"
    );
}
