//! A database on this host is reached through its socket, as its other connections reach it.

use gw_db::DatabaseConfig;
use gw_testkit::fault_server;

use crate::{decider::question, world::World};

#[tokio::test(flavor = "multi_thread")]
async fn the_lanes_take_the_socket_that_they_are_told() {
    let folder = std::env::temp_dir();
    let folder = folder.to_str().unwrap();
    let server = fault_server("socket", &[("unix_socket_directories", folder)]);
    gw_db::migrate(&server.url().into(), |_| {}).await.unwrap();
    let url = format!("{}?host={folder}", server.url().replace("127.0.0.1", "localhost"));
    let config = DatabaseConfig {
        url: Some(url.as_str().into()),
        shared_login: true,
        ..DatabaseConfig::default()
    };
    let world = World::at(&config, 1, |_| {}).await;
    for index in 0..3 {
        assert_eq!(world.ask(question(world.tenants[0])).await.unwrap().index, index);
    }
    let by_network = "select count(*) from pg_stat_activity
        where application_name = 'gatewright-journal' and client_port <> -1 and $1 is not null";
    assert_eq!(world.owner.number(by_network, world.tenants[0]).await, 0);
    drop(world);
    server.stop();
}
