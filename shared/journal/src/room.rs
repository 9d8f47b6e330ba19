//! How many checks may wait at once: in all, and of one tenant.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex},
};

use gw_kernel::TenantId;

use crate::mutex::lock;

/// One tenant's share of the room is an eighth: one whose head is stuck, or who asks more than
/// its log can take, leaves the rest to the others.
const SHARES: usize = 8;

/// The room for checks that wait, or are being written.
#[derive(Debug)]
pub(crate) struct Room {
    taken: Mutex<Taken>,
    capacity: usize,
    share: usize,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    tenants: HashMap<TenantId, usize>,
}

impl Room {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { taken: Mutex::default(), capacity, share: (capacity / SHARES).max(1) }
    }

    /// A place for so many more checks of this tenant; none when all is taken, or the tenant's
    /// share. A unit that is larger than either enters where nothing else waits.
    pub(crate) fn take(self: &Arc<Self>, tenant: TenantId, checks: usize) -> Option<Place> {
        let mut taken = lock(&self.taken);
        let of_tenant = taken.tenants.get(&tenant).copied().unwrap_or(0);
        let (all, share) = (taken.all + checks, of_tenant + checks);
        let full = taken.all > 0 && all > self.capacity;
        if full || (of_tenant > 0 && share > self.share) {
            return None;
        }
        taken.all = all;
        taken.tenants.insert(tenant, share);
        Some(Place { room: Arc::clone(self), tenant, checks })
    }

    /// How many places are taken.
    pub(crate) fn taken(&self) -> usize {
        lock(&self.taken).all
    }
}

/// A check's place, or a unit's places, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    room: Arc<Room>,
    tenant: TenantId,
    checks: usize,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.room.taken);
        taken.all -= self.checks;
        if let Entry::Occupied(mut of_tenant) = taken.tenants.entry(self.tenant) {
            *of_tenant.get_mut() -= self.checks;
            if *of_tenant.get() == 0 {
                of_tenant.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_tenant_has_its_share_and_no_more() {
        let room = Arc::new(Room::new(16));
        let [one, other] = [1, 2].map(|n| TenantId::from_uuid(Uuid::from_u128(n)));
        let first = room.take(one, 1).unwrap();
        let _second = room.take(one, 1).unwrap();
        assert!(room.take(one, 1).is_none());
        let _others = room.take(other, 1).unwrap();
        assert_eq!(room.taken(), 3);
        drop(first);
        assert_eq!(room.taken(), 2);
        let _third = room.take(one, 1).unwrap();
        assert!(room.take(one, 1).is_none());
    }

    #[test]
    fn a_unit_has_a_place_for_each_of_its_checks() {
        let room = Arc::new(Room::new(16));
        let [one, other] = [1, 2].map(|n| TenantId::from_uuid(Uuid::from_u128(n)));
        let unit = room.take(one, 2).unwrap();
        assert!(room.take(one, 1).is_none());
        drop(unit);
        let large = room.take(one, 20).unwrap();
        assert!(room.take(one, 1).is_none() && room.take(other, 1).is_none());
        assert_eq!(room.taken(), 20);
        drop(large);
        let _first = room.take(one, 1).unwrap();
        assert!(room.take(one, 20).is_none(), "what is larger than the share enters alone");
        assert_eq!(room.taken(), 1);
    }

    #[test]
    fn all_tenants_together_have_no_more_than_there_is() {
        let room = Arc::new(Room::new(3));
        let tenants = (0..4).map(|n| TenantId::from_uuid(Uuid::from_u128(n)));
        let places: Vec<Option<Place>> = tenants.map(|tenant| room.take(tenant, 1)).collect();
        assert_eq!(places.iter().flatten().count(), 3);
        assert!(places[3].is_none());
        drop(places);
        assert_eq!(room.taken(), 0);
        assert!(lock(&room.taken).tenants.is_empty(), "a tenant that has gone leaves nothing");
    }
}
