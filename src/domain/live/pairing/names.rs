//! Whether the name in the appointment book can be the name of a recording's patient.
//! The book may hold the animal's name, its owner's beside it, or the owner's alone; nothing is spelt out or guessed.

use crate::domain::fold::fold;
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFit {
    /// Every word of the patient's name stands in the book's.
    Same,
    /// No word in common.
    Other,
    /// Some words in common and others not.
    Unsure,
    /// One side tells no name, or not yet.
    Missing,
}

/// The words of a name, folded, without what is no letter or digit.
pub(super) fn words(name: &str) -> BTreeSet<String> {
    let folded = fold(name);
    folded
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(super) fn fit(booked: &BTreeSet<String>, patient: &BTreeSet<String>) -> NameFit {
    if booked.is_empty() || patient.is_empty() {
        return NameFit::Missing;
    }
    if patient.is_subset(booked) {
        return NameFit::Same;
    }
    if patient.is_disjoint(booked) { NameFit::Other } else { NameFit::Unsure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_animals_name_may_stand_beside_its_owners() {
        let fits = |booked: &str, patient: &str| fit(&words(booked), &words(patient));
        assert_eq!(fits("Milo", "milo"), NameFit::Same);
        assert_eq!(fits("Milo Smith", "Milo"), NameFit::Same);
        assert_eq!(fits("SMITH, Milo", "Milo"), NameFit::Same);
        assert_eq!(fits("小花", "小花"), NameFit::Same);
        assert_eq!(fits("Soren O'Malley", "Søren"), NameFit::Same);
        assert_eq!(fits("Milo", "Luna"), NameFit::Other);
        assert_eq!(fits("Milo", "Milo Junior"), NameFit::Unsure);
        assert_eq!(fits("Miloslav", "Milo"), NameFit::Other);
        assert_eq!(fits("", "Milo"), NameFit::Missing);
        assert_eq!(fits("Milo", " - "), NameFit::Missing);
    }
}
