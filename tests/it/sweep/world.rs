use std::collections::{BTreeMap, BTreeSet};

use gw_kernel::TenantId;
use gw_testkit::Database;
use serde_json::Value;

use super::{
    callers::{self, Caller},
    examples::{EXAMPLES, Example, For},
    operations::{Operation, operations},
    requests::{Choice, ask, kinds_of},
    rows::rows,
    things::Things,
};
use crate::server::Server;

type Rows = BTreeMap<String, (i64, Option<String>)>;

/// The running product with two tenants that have something of every kind.
pub(super) struct World {
    pub(super) database: Database,
    server: Server,
    document: Value,
    pub(super) operations: Vec<Operation>,
    first: Things,
    unknown: Things,
    own: Things,
    key: String,
    pub(super) strangers: Vec<Caller>,
    /// The first tenant's rows before anybody else called.
    pub(super) before: Rows,
}

impl World {
    pub(super) async fn make() -> Self {
        let database = gw_testkit::database().await;
        let server = Server::start(database.url()).await;
        let document = serde_json::from_str(&server.get_text("/openapi.json").await).unwrap();
        let (first, _) = Things::make(&server, "first-tenant").await;
        let (own, key) = Things::make(&server, "other-tenant").await;
        let (unknown, first) = (first.unknown().with_forged(&own), first.with_forged(&own));
        let own = own.clone().with_forged(&own);
        let strangers = callers::strangers(&server, &own, &key);
        let operations = operations(&document);
        let before = BTreeMap::new();
        let mut world = Self {
            database,
            server,
            document,
            operations,
            first,
            unknown,
            own,
            key,
            strangers,
            before,
        };
        world.before = world.rows().await;
        world
    }

    /// A key of every role, and others of less.
    pub(super) async fn roles(&self) -> Vec<Caller> {
        callers::roles(&self.server, &self.own, &self.key, &self.document).await
    }

    /// What the first tenant has in the database.
    pub(super) async fn rows(&self) -> Rows {
        let tenant: TenantId = self.first.get("tenant", 0).parse().unwrap();
        rows(self.database.url(), tenant.uuid()).await
    }

    fn examples(&self) -> impl Iterator<Item = (&Operation, &'static Example)> {
        EXAMPLES.iter().filter_map(|example| {
            let operation = self.operations.iter().find(|one| one.id == example.operation)?;
            Some((operation, example))
        })
    }

    /// What these callers are told of the first tenant. Example by example, so that nobody has
    /// named its things where lists could repeat them, before the lists were read.
    pub(super) async fn sweep(&self, callers: &[Caller]) -> Vec<String> {
        let mut breaches = Vec::new();
        for (operation, example) in self.examples() {
            for caller in callers.iter().filter(|caller| caller.is_stranger_to(example.whose)) {
                for (others, spelling) in self.variants(&kinds_of(example, caller)) {
                    if caller.would_be(example.whose, &others) {
                        continue;
                    }
                    let what = (operation, example);
                    let seen = self.compare(what, caller, &others, spelling).await;
                    breaches.extend(seen.map(|seen| {
                        let (id, request, name) = (&operation.id, example.request, &caller.name);
                        format!("{id} {request} by {name} of {others:?} {spelling}: {seen}")
                    }));
                }
            }
        }
        breaches
    }

    /// Which of these kinds are the first tenant's: each alone, in each spelling, and all together.
    fn variants(&self, kinds: &BTreeSet<String>) -> Vec<(BTreeSet<String>, usize)> {
        let alone = kinds.iter().flat_map(|kind| {
            let alone = BTreeSet::from([kind.clone()]);
            (0..self.first.spellings(kind)).map(move |spelling| (alone.clone(), spelling))
        });
        let mut variants: Vec<_> = alone.collect();
        if kinds.len() != 1 {
            variants.push((kinds.clone(), 0));
        }
        variants
    }

    /// The first tenant's things and things that nobody has, at every mount: what shows which was
    /// which, or anything else of the first tenant.
    async fn compare(
        &self,
        (operation, example): (&Operation, &'static Example),
        caller: &Caller,
        others: &BTreeSet<String>,
        spelling: usize,
    ) -> Option<String> {
        let at = |other| Choice { own: &self.own, other, others: others.clone(), spelling };
        let is_public = example.whose == For::Anybody && spelling == 0;
        for mount in mounts(operation, caller) {
            let what = (example, mount);
            let told = ask(&self.server, operation, what, caller, &at(&self.first)).await;
            if is_public {
                let nobody = &Caller::nobody();
                let all = ask(&self.server, operation, what, nobody, &at(&self.first)).await;
                if told.differs_from(&all) {
                    return Some(format!("{told:?}, and nobody {all:?}"));
                }
                continue;
            }
            if let Some(shown) = self.first.all().find(|thing| told.shows(thing)) {
                return Some(format!("{shown} in {told:?}"));
            }
            let unknown = ask(&self.server, operation, what, caller, &at(&self.unknown)).await;
            if !others.is_empty() && told.differs_from(&unknown) {
                return Some(format!("{told:?}, and of nobody's {unknown:?}"));
            }
        }
        None
    }

    /// The examples that do not work for those whom they are for.
    pub(super) async fn rightful(&self) -> Vec<String> {
        let owner = Caller::with_key("the first key", &self.key);
        let platform = Caller::platform(&self.server);
        let mut failures = Vec::new();
        for (operation, example) in self.examples() {
            let callers = match example.whose {
                For::Tenant => vec![owner.clone()],
                For::Platform => vec![platform.clone()],
                For::Both => vec![owner.clone(), platform.clone()],
                For::Agent => vec![Caller::agent()],
                For::Anybody => vec![Caller::nobody()],
            };
            for caller in callers {
                let choice = Choice {
                    own: &self.own,
                    other: &self.own,
                    others: BTreeSet::new(),
                    spelling: 0,
                };
                let told = ask(&self.server, operation, (example, None), &caller, &choice).await;
                let shows = example.shows.trim_matches(['<', '>']);
                let shows = if shows == example.shows { shows } else { self.own.get(shows, 0) };
                if !told.is_good() || !told.shows(shows) {
                    failures.push(format!(
                        "{} {} by {}: no {shows} in {told:?}",
                        operation.id, example.request, caller.name
                    ));
                }
            }
        }
        failures
    }
}

/// One of the operation's mounts; all of them for who comes first.
fn mounts<'a>(operation: &'a Operation, caller: &Caller) -> Vec<Option<&'a str>> {
    if caller.name != "the first key" {
        return vec![None];
    }
    operation
        .mounts
        .iter()
        .map(|mount| (!mount.is_empty() || operation.mounts.len() > 1).then_some(mount.as_str()))
        .collect()
}
