//! How the price of a whole company is divided among its holders when it is sold or wound up.

use crate::units::Yen;
use crate::world::World;
use crate::world::organisation::{Holder, StartupId};

/// A holder with its shares and what it may take back before others are paid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Claim {
    /// Whose.
    pub holder: Holder,
    /// Shares, all purchases together.
    pub shares: u64,
    /// What an investor paid and may take back instead of its part by shares; zero for founders and the public.
    pub preference: Yen,
}

/// The claims on a startup, one for each holder, in the order in which they first came.
#[must_use]
pub fn claims(world: &World, id: StartupId) -> Vec<Claim> {
    let startup = &world.startups[id.ix()];
    let mut claims: Vec<Claim> = Vec::new();
    for (holder, shares) in &startup.shares {
        match claims.iter_mut().find(|claim| claim.holder == *holder) {
            Some(claim) => claim.shares += shares,
            None => claims.push(Claim { holder: *holder, shares: *shares, preference: paid(world, id, *holder) }),
        }
    }
    claims
}

/// What a holder has paid into a startup and not got back, without tranches that are still to come.
fn paid(world: &World, id: StartupId, holder: Holder) -> Yen {
    let Holder::Fund(fund) = holder else { return Yen::ZERO };
    let cost = world.funds[fund.ix()].holding(id).map_or(Yen::ZERO, |(cost, _)| cost);
    let due: Yen =
        world.startups[id.ix()].tranches.iter().filter(|(other, _)| *other == fund).map(|(_, amount)| *amount).sum();
    (cost - due).max(Yen::ZERO)
}

/// Divides a price: every investor takes back what it paid or its part by shares, whichever is more (preferred shares without
/// participation, at once what was paid); where that is more than there is, investors share by what they paid.
///
/// Returns what each claim gets, in the same order; together at most the price.
#[must_use]
pub fn divide(price: Yen, claims: &[Claim]) -> Vec<Yen> {
    let price = i128::from(price.0.max(0));
    // Everybody converts at first. Whoever then takes its money back lowers what a share brings, so nobody turns back.
    let mut converts = vec![true; claims.len()];
    loop {
        let taken: i128 = sum(claims, &converts, false, |claim| i128::from(claim.preference.0));
        let shares: i128 = sum(claims, &converts, true, |claim| i128::from(claim.shares));
        let left = (price - taken).max(0);
        let mut stable = true;
        for (claim, converts) in claims.iter().zip(&mut converts) {
            let by_shares = left * i128::from(claim.shares) / shares.max(1);
            if *converts && i128::from(claim.preference.0) > by_shares {
                *converts = false;
                stable = false;
            }
        }
        if !stable {
            continue;
        }
        let part = |(claim, converts): (&Claim, &bool)| {
            let due = if *converts {
                left * i128::from(claim.shares) / shares.max(1)
            } else {
                i128::from(claim.preference.0) * price.min(taken) / taken.max(1)
            };
            Yen(due as i64)
        };
        return claims.iter().zip(&converts).map(part).collect();
    }
}

fn sum(claims: &[Claim], converts: &[bool], wanted: bool, of: impl Fn(&Claim) -> i128) -> i128 {
    claims.iter().zip(converts).filter(|(_, converts)| **converts == wanted).map(|(claim, _)| of(claim)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::organisation::FundId;

    fn claims(of: &[(u64, i64)]) -> Vec<Claim> {
        let claim = |(row, (shares, preference)): (usize, &(u64, i64))| Claim {
            holder: if *preference > 0 { Holder::Fund(FundId(row as u32)) } else { Holder::Founders },
            shares: *shares,
            preference: Yen(*preference),
        };
        of.iter().enumerate().map(claim).collect()
    }

    #[test]
    fn a_good_price_is_divided_by_shares_and_a_poor_one_gives_investors_their_money_first() {
        let half = claims(&[(50, 0), (30, 30), (20, 40)]);
        assert_eq!(divide(Yen(1_000), &half), [Yen(500), Yen(300), Yen(200)]);
        // 20 of 100 shares would bring 24: the second investor takes its 40 back, the first converts.
        assert_eq!(divide(Yen(120), &half), [Yen(50), Yen(30), Yen(40)]);
        assert_eq!(divide(Yen(70), &half), [Yen(0), Yen(30), Yen(40)]);
        assert_eq!(divide(Yen(35), &half), [Yen(0), Yen(15), Yen(20)]);
        assert_eq!(divide(Yen::ZERO, &half), [Yen::ZERO; 3]);
    }

    #[test]
    fn nobody_gets_more_than_there_is_and_no_investor_does_better_by_the_other_choice() {
        for price in [1, 7, 33, 90, 150, 400, 1_001] {
            let all = claims(&[(40, 0), (10, 5), (25, 60), (25, 100)]);
            let parts = divide(Yen(price), &all);
            assert!(parts.iter().map(|part| part.0).sum::<i64>() <= price);
            for (claim, part) in all.iter().zip(&parts).filter(|(claim, _)| claim.preference > Yen::ZERO) {
                let by_shares = price * claim.shares as i64 / 100;
                assert!(part.0 <= by_shares.max(claim.preference.0), "{price}: {claim:?} {part}");
            }
        }
    }
}
