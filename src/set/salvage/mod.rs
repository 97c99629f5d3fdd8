//! What of the objects of a damaged store is intact?
//!
//! All evidence is put together: the newest readable checkpoint, every intact frame, every readable slot of every object file. Each says of
//! an offset what it held at some sequence; what is newest holds. Where something newer is known to have been there and is unreadable, the
//! object counts as lost, and is named, unless it can be shown that what is left is the same. Nothing that fails a checksum is used.

mod loss;
mod resolve;
mod segments;
mod wreck;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    codec::CodecError,
    object::{FamilyId, Offset, Sequence},
    storage::{Evidence, FamilyEntry, Operation},
};
use bytes::Bytes;

use super::{SetDeclaration, SetError};

pub use loss::Loss;

use loss::Losses;
use resolve::{Claims, resolve};
use segments::{Segments, report_harmless};
use wreck::{Owned, Wreck};

/// What is left of a store.
pub struct Salvaged {
    /// What is intact, by family; owners before what they own.
    pub families: Vec<SalvagedFamily>,
    /// What is not.
    pub losses: Vec<Loss>,
    /// An offset above all that are known to have been used.
    pub next_offset: u64,
    wrecks: Vec<Wreck>,
}

/// The intact objects of one family.
pub struct SalvagedFamily {
    /// Its number.
    pub family: FamilyId,
    /// Its declaration.
    pub declaration: SetDeclaration,
    objects: BTreeMap<Offset, Place>,
}

/// Where an intact object was found, and of which sequence it is.
#[derive(Clone, Debug)]
struct Place {
    sequence: Sequence,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Frame(Option<Offset>, Bytes),
    Slot(usize, u32),
}

impl Salvaged {
    /// Puts the evidence together.
    pub fn of(evidence: &Evidence) -> Result<Self, SetError> {
        let mut losses = Losses::default();
        evidence.faults.iter().for_each(|fault| losses.add(Loss::of(fault, None)));
        report_lost_frames(evidence, &mut losses);
        let segments = Segments::of(evidence);
        let mut declarations = declarations(evidence);
        let wrecks = segments.open(evidence, &mut declarations, &mut losses)?;
        let mut salvaged = Self { families: Vec::new(), losses: Vec::new(), next_offset: 0, wrecks };
        salvaged.next_offset = salvaged.greatest_offset(evidence) + 1;
        let mut families: BTreeMap<FamilyId, Claims> = BTreeMap::new();
        families.extend(declarations.keys().map(|family| (*family, Claims::default())));
        resolve::collect(evidence, &salvaged.wrecks, &mut families, &declarations, &mut losses);
        for (family, claims) in families {
            let declaration = match declarations.get(&family) {
                Some(declaration) => declaration.clone(),
                None => undeclared(family, &claims, &mut losses),
            };
            let objects = resolve(evidence, &declaration, claims, &mut losses);
            salvaged.families.push(SalvagedFamily { family, declaration, objects });
        }
        let set = |family| declarations.get(&family).map(|declaration| declaration.name.clone());
        report_harmless(evidence, &salvaged.wrecks, set, &mut losses);
        salvaged.keep_keys_unique(&mut losses)?;
        salvaged.part_from_owners(&mut losses);
        salvaged.losses = losses.0;
        Ok(salvaged)
    }

    /// The objects of a family: offset, owner, bytes.
    pub fn objects<'a>(
        &'a self,
        family: &'a SalvagedFamily,
    ) -> impl Iterator<Item = Result<(Offset, Option<Offset>, Bytes), SetError>> + 'a {
        family.objects.iter().map(|(offset, place)| {
            let (owner, bytes) = self.read(place)?;
            Ok((*offset, owner.filter(|_| family.declaration.parent.is_some()), bytes))
        })
    }

    fn read(&self, place: &Place) -> Result<Owned, CodecError> {
        match &place.source {
            Source::Frame(owner, bytes) => Ok((*owner, bytes.clone())),
            Source::Slot(wreck, slot) => self.wrecks[*wreck].object(*slot),
        }
    }

    fn greatest_offset(&self, evidence: &Evidence) -> u64 {
        let leases = evidence.frames.values().filter_map(|frame| frame.lease);
        let leased = leases.map(|lease| lease.first.saturating_add(lease.count)).max().unwrap_or(0);
        let slots = self.wrecks.iter().flat_map(|wreck| wreck.slots()).filter_map(|(_, offset)| offset.ok());
        let stored = slots.map(|offset| offset.0).max().unwrap_or(0);
        leased.max(evidence.checkpoint.next_offset).max(stored)
    }

    /// Of several objects with one unique key, which only lost frames can explain, the newest stays.
    fn keep_keys_unique(&mut self, losses: &mut Losses) -> Result<(), SetError> {
        for at in 0..self.families.len() {
            let family = &self.families[at];
            let mut known: BTreeMap<Box<[u8]>, (Sequence, Offset)> = BTreeMap::new();
            let mut stale = BTreeSet::new();
            for (offset, place) in &family.objects {
                let (owner, bytes) = self.read(place)?;
                let Some(key) = family.declaration.unique_key(owner, &bytes) else { continue };
                let new = (place.sequence, *offset);
                if let Some(known) = known.get_mut(&key) {
                    stale.insert(new.min(*known).1);
                    *known = new.max(*known);
                } else {
                    known.insert(key, new);
                }
            }
            if !stale.is_empty() {
                let what = "objects whose unique key a newer object has: the frames that ended them are lost";
                let mut loss = Loss::missing("log", Some(&family.declaration.name), what);
                loss.objects = Some(stale.len() as u64);
                loss.offsets = stale.iter().map(|offset| offset.0).collect();
                losses.add(loss);
                self.families[at].objects.retain(|offset, _| !stale.contains(offset));
            }
        }
        Ok(())
    }

    /// Objects of nested sets whose owners are lost go into a set of their own, so that they are there and nothing is without an owner.
    fn part_from_owners(&mut self, losses: &mut Losses) {
        let parent = |family: &SalvagedFamily| family.declaration.parent.as_ref().map(|(parent, _)| *parent);
        self.families.sort_by_key(|family| (family.declaration.name.matches('.').count(), family.family));
        let mut next = self.families.iter().map(|family| family.family.0).max().unwrap_or(0);
        let mut alone = Vec::new();
        for at in 0..self.families.len() {
            let Some(parent) = parent(&self.families[at]) else { continue };
            let owners = self.families.iter().find(|family| family.family == parent);
            let has = |owner: Offset| owners.is_some_and(|owners| owners.objects.contains_key(&owner));
            let family = &self.families[at];
            let left: BTreeMap<Offset, Place> = family
                .objects
                .iter()
                .filter(|(_, place)| !self.owner(place).is_some_and(has))
                .map(|(offset, place)| (*offset, place.clone()))
                .collect();
            if left.is_empty() {
                continue;
            }
            let name = format!("{}_without_owner", family.declaration.name.replace('.', "_"));
            let what = format!("their owners are lost or were removed by lost frames; they are in the set '{name}'");
            let mut loss = Loss::missing("log", Some(&family.declaration.name), what);
            loss.objects = Some(0);
            loss.offsets = left.keys().map(|offset| offset.0).collect();
            losses.add(loss);
            next += 1;
            self.families[at].objects.retain(|offset, _| !left.contains_key(offset));
            let declaration = SetDeclaration { name, ..SetDeclaration::default() };
            alone.push(SalvagedFamily { family: FamilyId(next), declaration, objects: left });
        }
        self.families.extend(alone);
    }

    fn owner(&self, place: &Place) -> Option<Offset> {
        match &place.source {
            Source::Frame(owner, _) => *owner,
            Source::Slot(wreck, slot) => self.wrecks[*wreck].objects.owner(*slot).ok().flatten(),
        }
    }
}

fn report_lost_frames(evidence: &Evidence, losses: &mut Losses) {
    for (from, to) in &evidence.lost {
        let what = format!(
            "frames {from} to {to} are lost: objects that they wrote may be missing or older, objects that they removed may be back"
        );
        losses.add(Loss::missing("log", None, what));
    }
}

/// The newest declaration of every family that is known.
fn declarations(evidence: &Evidence) -> BTreeMap<FamilyId, SetDeclaration> {
    let listed = evidence.checkpoint.families.iter().map(|FamilyEntry { family, declaration }| (*family, declaration));
    let logged = evidence.frames.values().flat_map(|frame| frame.transactions.iter().flatten());
    let logged = logged.filter_map(|operation| match operation {
        Operation::Declare { family, declaration } => Some((*family, declaration)),
        _ => None,
    });
    listed.chain(logged).filter_map(|(family, bytes)| Some((family, SetDeclaration::decode(bytes).ok()?))).collect()
}

/// A family that nothing readable declares.
fn undeclared(family: FamilyId, claims: &Claims, losses: &mut Losses) -> SetDeclaration {
    let name = format!("salvaged_{family}");
    if !claims.is_empty() {
        let what = format!("the declaration of family {family} is lost; its objects are in the set '{name}'");
        losses
            .add(Loss::missing("log", Some(&name), what).harmless("its name, its indexes and its owners are unknown"));
    }
    SetDeclaration { name, ..SetDeclaration::default() }
}
