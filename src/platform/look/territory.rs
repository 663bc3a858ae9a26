//! Where hours go to 12 and where the month comes first, by the territory of a locale's name (`en_US.UTF-8`, `en-CA`).
//! After Unicode's tables of what is preferred; what stands in none of the lists has 24 hours and the day first.
#![cfg_attr(target_os = "windows", allow(dead_code, reason = "Windows says it itself"))]

const TWELVE_HOURS: &str = "AE AG AI AL AS AU BB BH BM BN BS CA CO CY DM DO DZ EG ET FJ FM GD GH GM GR GU GY HK IN IQ JM \
                            JO KE KN KR KW KY LB LC LK LR LY MH MO MP MW MY NA NZ OM PA PG PH PK PR PW QA SA SB SD SG \
                            SL SO SY SZ TC TO TT TW UG UM US VC VE VG VI VU WS YE ZM";
const MONTH_FIRST: &str = "AS BZ CA CN FM GU HU JP KR LT MH MN MP PH PR PW TW UM US VI";

pub(super) fn has_twelve_hours(locale: &str) -> bool {
    !is_french(locale) && is_in(locale, TWELVE_HOURS)
}

pub(super) fn puts_month_first(locale: &str) -> bool {
    !is_french(locale) && is_in(locale, MONTH_FIRST)
}

/// Québec writes as France does.
fn is_french(locale: &str) -> bool {
    locale.get(..2).is_some_and(|language| language.eq_ignore_ascii_case("fr"))
}

fn is_in(locale: &str, list: &str) -> bool {
    territory(locale).is_some_and(|own| list.split_whitespace().any(|one| one.eq_ignore_ascii_case(own)))
}

/// `US` of `en_US.UTF-8` and of `zh-Hant-US`.
fn territory(locale: &str) -> Option<&str> {
    let name = locale.split(['.', '@']).next()?;
    let mut parts = name.split(['_', '-']).skip(1);
    parts.find(|part| part.len() == 2 && part.bytes().all(|letter| letter.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_territory_is_found_in_the_names_that_systems_use() {
        let found =
            ["en_US.UTF-8", "en-US", "zh-Hant-TW", "de_AT@euro", "C.UTF-8", "C", "POSIX", "", "en"].map(territory);
        let wanted = [Some("US"), Some("US"), Some("TW"), Some("AT"), None, None, None, None, None];
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_people_there_are_used_to() {
        let of = |locale| (has_twelve_hours(locale), puts_month_first(locale));
        for (locale, wanted) in [
            ("en_US.UTF-8", (true, true)),
            ("en_CA", (true, true)),
            ("fr_CA.UTF-8", (false, false)),
            ("en_AU", (true, false)),
            ("en_NZ", (true, false)),
            ("en_GB.UTF-8", (false, false)),
            ("de_DE", (false, false)),
            ("sv_SE", (false, false)),
            ("ja_JP", (false, true)),
            ("C.UTF-8", (false, false)),
        ] {
            assert_eq!(of(locale), wanted, "{locale}");
        }
    }
}
