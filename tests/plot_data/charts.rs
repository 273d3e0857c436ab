//! Synthetic charts of every type for `tests/plot.rs`, in both languages, and odd cases.

use super::plot_data::{CLUSTERS, Noise};
use trihelix::plot::*;

pub const POLICIES: [(&str, &str); 9] = [
    ("Qross hub at Nakanoshima", "中之島クロス拠点"),
    ("Kobe Airport 2030", "神戸空港 2030年国際化"),
    ("Matching fund for venture capital", "ベンチャー投資マッチング"),
    ("PMDA Kansai branch", "PMDA関西支部の強化"),
    ("Return fellowship", "帰国研究者フェローシップ"),
    ("KBIC test beds", "神戸医療産業都市の実証拠点"),
    ("Manager training", "経営人材の育成"),
    ("Expo 2025 follow-up", "万博後の継続事業"),
    ("Link laboratory Kobe to Boston", "神戸・ボストン連携ラボ"),
];

pub fn caption(language: Language, english: &str, japanese: &str) -> Caption {
    let japan = language == Language::Japanese;
    let pick = |words: [&'static str; 2]| words[usize::from(japan)].to_owned();
    Caption {
        title: if japan { japanese } else { english }.to_owned(),
        subtitle: String::new(),
        note: pick(["Synthetic data of a test, not a result.", "試験用の合成データであり、結果ではない。"]),
        language,
    }
}

pub fn name(language: Language, names: (&str, &str)) -> String {
    if language == Language::Japanese { names.1 } else { names.0 }.to_owned()
}

pub fn cluster(language: Language, at: usize) -> String {
    name(language, (CLUSTERS[at].0, CLUSTERS[at].1))
}

fn around(mid: f64, half: f64) -> Interval {
    Interval { low: mid - half, mid, high: mid + half }
}

pub fn fan(language: Language, clusters: &[usize]) -> Fan {
    let mut noise = Noise(11);
    let panels = clusters.iter().map(|&at| {
        let level = CLUSTERS[at].2;
        let (mut observed, mut hindcast, mut forecast) = (Vec::new(), Vec::new(), Vec::new());
        for year in 0..40 {
            let mid = level * (0.35 + 0.025 * f64::from(year));
            let wobble = level * 0.08 * (noise.next() - 0.5);
            observed.push(if year < 14 && year != 6 { (mid + wobble).round() } else { f64::NAN });
            let width = level * 0.02 * f64::from(year.min(12));
            hindcast.push(if (4..14).contains(&year) { around(mid * 1.03, width * 0.6) } else { Interval::NONE });
            let ahead = level * 0.035 * (f64::from(year) - 13.0).max(0.0).sqrt() * 2.0;
            let edges = [0.67, 1.28, 1.96].map(|z| (mid - z * ahead, mid + 1.2 * z * ahead));
            let known = year >= 14;
            forecast.push(FanPoint {
                median: if known { mid } else { f64::NAN },
                edges: if known { edges } else { [(f64::NAN, f64::NAN); 3] },
            });
        }
        FanPanel { heading: cluster(language, at), observed, hindcast, forecast }
    });
    let mut caption = caption(
        language,
        "Startups in Osaka grow by half until 2050, give or take a third",
        "大阪のスタートアップは2050年までに5割増、ただし幅は大きい",
    );
    caption.subtitle = name(
        language,
        ("Startups alive at the end of each year, 64 replicates", "各年末に存続するスタートアップ数、64回の試行"),
    );
    Fan {
        caption,
        start: YearMonth { year: 2010, month: 12 },
        step: Step::Year,
        kind: ValueKind::Count,
        panels: panels.collect(),
    }
}

pub fn differences(language: Language, policies: usize, clusters: &[usize]) -> Differences {
    let mut noise = Noise(3);
    let panels = clusters.iter().map(|&at| DifferencePanel {
        heading: cluster(language, at),
        policies: (0..policies)
            .map(|policy| {
                let size = CLUSTERS[at].2 * (0.3 - 0.22 * policy as f64);
                let steps = (0..26).map(|year| {
                    let grown = size * (f64::from(year) / 25.0);
                    around(grown + 0.4 * (noise.next() - 0.5), CLUSTERS[at].2 * 0.05 * (1.0 + f64::from(year) / 12.0))
                });
                PolicyCourse { label: name(language, POLICIES[policy % 9]), steps: steps.collect() }
            })
            .collect(),
    });
    let mut caption = caption(
        language,
        "The hub adds 19 startups in Osaka by 2050; the airport's effect cannot be told from none",
        "拠点は2050年までに大阪で19社を増やすが、空港の効果は判断できない",
    );
    caption.subtitle = name(
        language,
        (
            "Startups alive, policy less baseline on the same random numbers",
            "存続するスタートアップ数、同じ乱数での基準との差",
        ),
    );
    Differences {
        caption,
        start: YearMonth { year: 2024, month: 12 },
        step: Step::Year,
        kind: ValueKind::Count,
        interval: name(language, ("95 % interval", "95%区間")),
        shared_scale: false,
        panels: panels.collect(),
    }
}

pub fn forest(language: Language, policies: usize, clusters: &[usize]) -> Forest {
    let mut noise = Noise(8);
    let columns = clusters.iter().map(|&at| ForestColumn {
        heading: cluster(language, at),
        kind: ValueKind::Count,
        intervals: (0..policies)
            .map(|policy| {
                let scale = CLUSTERS[at].2;
                let mid = scale * (noise.next() - 0.35) * 0.6;
                if policy == 4 {
                    Interval::NONE
                } else {
                    around(mid.round(), (scale * 0.12 * (0.4 + noise.next())).round())
                }
            })
            .collect(),
    });
    let columns = columns.collect();
    let mut caption = caption(
        language,
        "Three policies create jobs in Osaka; for the rest the runs cannot tell",
        "大阪で雇用を増やす政策は三つ、ほかは判断できない",
    );
    caption.subtitle = name(
        language,
        (
            "Jobs at startups in 2044, policy less baseline, 95 % intervals",
            "2044年のスタートアップ雇用、基準との差、95%区間",
        ),
    );
    Forest { caption, rows: (0..policies).map(|at| name(language, POLICIES[at % 9])).collect(), columns }
}

pub fn tornado(language: Language) -> Tornado {
    let levers = [
        (("Probability of phase 2", "第2相の成功確率"), "21 %", 88.0, "35 %", 171.0),
        (("Hurdle rate of funds", "ファンドのハードルレート"), "1.0", 149.0, "1.6", 101.0),
        (("Share of founders who return", "帰国する起業家の割合"), "1 %", 118.0, "4 %", 139.0),
        (("Hours from Kobe to Boston", "神戸からボストンへの時間"), "15 h", 127.0, "19 h", 121.0),
        (("Rent of a laboratory place", "ラボ賃料"), "0.6", 121.0, "2.0", 109.0),
        (("Appetite after a cold year", "冷え込み後の投資意欲"), "low", f64::NAN, "high", 130.0),
    ];
    let levers = levers.map(|(label, low, at_low, high, at_high)| Lever {
        label: name(language, label),
        low: Arm { input: low.to_owned(), outcome: at_low },
        high: Arm { input: high.to_owned(), outcome: at_high },
    });
    let mut caption = caption(
        language,
        "The success of phase 2 moves Osaka's startups more than anything that policy sets",
        "大阪のスタートアップ数を最も動かすのは政策ではなく第2相の成功確率",
    );
    caption.subtitle = name(language, ("Startups alive in 2044", "2044年に存続するスタートアップ数"));
    Tornado { caption, kind: ValueKind::Count, base: 124.0, levers: levers.to_vec() }
}

pub fn ranking(language: Language, policies: usize) -> Ranking {
    let candidates = (0..policies).map(|at| {
        let mid = 0.44 / (1.0 + at as f64 * at as f64 * 0.35);
        let share = Interval { low: mid * 0.8, mid, high: mid * 1.2 };
        Candidate { label: name(language, POLICIES[at % 9]), share, baseline: at == 5 }
    });
    let mut caption =
        caption(language, "The hub is the best choice in 44 % of futures", "拠点が最良となるのは将来の44%");
    caption.subtitle = name(
        language,
        (
            "Share of 200 draws in which a policy creates most jobs for its cost, 95 % interval",
            "費用あたり雇用が最大となる割合、200回、95%区間",
        ),
    );
    Ranking { caption, candidates: candidates.collect() }
}

pub fn regret(language: Language, policies: usize, futures: usize) -> Regret {
    let mut noise = Noise(4);
    let policies = (0..policies).map(|at| {
        let values = (0..futures).map(|future| {
            if at % 9 == future % 9 {
                0.0
            } else if at == 3 && future == 2 {
                f64::NAN
            } else {
                noise.next() * noise.next() * 40e9
            }
        });
        (name(language, POLICIES[at % 9]), values.collect())
    });
    let long = ["Cold funding after 2030", "Phase 2 succeeds less often", "No second runway", "Weak yen", "Base"];
    let futures = (0..futures).map(|at| {
        if futures > 6 {
            format!("{} {}", long[at % 5], at + 1)
        } else {
            ["Cold", "Weak yen", "Hot", "Base", "Late", "Low"][at].to_owned()
        }
    });
    let mut caption = caption(
        language,
        "No policy is best everywhere; the matching fund is never far off",
        "どの将来でも最良の政策はないが、マッチングは常に大差ない",
    );
    caption.subtitle =
        name(language, ("Regret in JPY against the best choice in each future", "各将来での最良の選択との差(円)"));
    Regret { caption, kind: ValueKind::Yen, policies: policies.collect(), futures: futures.collect() }
}

pub fn flows(language: Language, count: usize, kind: ValueKind) -> Flows {
    let mut noise = Noise(21);
    let weight = |at: usize| CLUSTERS[at % 8].2;
    let amounts = (0..count).map(|from| {
        let amount = |to: usize| {
            let mean = weight(from) * weight(to) / 800.0 * if from == to { 0.0 } else { 1.0 };
            let unit = if kind == ValueKind::Yen { 3e8 } else { 1.0 };
            (mean * (0.5 + noise.next())).round() * unit
        };
        (0..count).map(amount).collect()
    });
    let amounts = amounts.collect();
    let mut caption = caption(
        language,
        "Osaka and Kobe gain people from Tokyo and lose them to Boston",
        "大阪と神戸は東京から人材を得てボストンに失う",
    );
    caption.subtitle =
        name(language, ("People who took a post in another cluster, 2024–2053", "他地域に就職した人数、2024〜2053年"));
    let nodes = (0..count).map(|at| FlowNode { label: cluster(language, at % 8), focus: [1, 2, 5].contains(&at) });
    Flows { caption, kind, nodes: nodes.collect(), amounts }
}

pub fn network(language: Language, snapshots: usize, each: usize) -> Network {
    let mut noise = Noise(5);
    let sizes = [0.3, 1.0, 0.8, 0.7, 0.4, 1.4, 1.0, 0.6].map(|share| (share * each as f64) as usize);
    let mut nodes = Vec::new();
    for (group, &size) in sizes.iter().enumerate() {
        nodes.extend((0..size).map(|at| NetworkNode { label: format!("{}-{at}", CLUSTERS[group].0), group }));
    }
    let snapshots = (0..snapshots).map(|time| {
        let wanted = nodes.len() * (time + 1) / 3;
        let pick = |noise: &mut Noise| (noise.next() * noise.next() * nodes.len() as f64) as usize;
        let mut links = Vec::new();
        while links.len() < wanted {
            let (a, b) = (pick(&mut noise), pick(&mut noise));
            if a != b && (nodes[a].group == nodes[b].group || noise.next() < 0.08) {
                links.push((a, b));
            }
        }
        NetworkSnapshot {
            heading: (2024 + 10 * time).to_string(),
            remark: name(language, ("512 collaborations, 4 % between clusters", "連携512件、うち地域間4%")),
            links,
        }
    });
    let snapshots = snapshots.collect();
    let mut caption = caption(
        language,
        "Collaboration stays at home: one in twenty-five crosses a border",
        "連携は域内が中心、地域間は25件に1件",
    );
    caption.subtitle = name(
        language,
        (
            "Organisations with most collaborations, by cluster; lines are collaborations",
            "地域別の連携数上位の機関、線は連携",
        ),
    );
    let groups = (0..8).map(|at| FlowNode { label: cluster(language, at), focus: [1, 2, 5].contains(&at) });
    Network { caption, groups: groups.collect(), nodes, snapshots }
}

pub fn survival(language: Language, count: usize) -> Survival {
    let lines = (0..count).map(|at| {
        let (mut alive, mut share) = (Vec::new(), 1.0);
        let hazard = 0.004 + 0.0015 * at as f64;
        for month in 0..(360 - 20 * at) {
            share *= if month % (3 + at) == 0 { 1.0 - hazard * (3 + at) as f64 } else { 1.0 };
            let half = 0.0006 * month as f64;
            alive.push(Interval { low: (share - half).max(0.0), mid: share, high: (share + half).min(1.0) });
        }
        let at_risk = (0..alive.len()).map(|month| (900.0 * alive[month].mid) as u64).collect();
        LifeLine { label: cluster(language, [1, 2, 5, 0, 3, 4, 6, 7][at % 8]), focus: at < 3, alive, at_risk }
    });
    let mut caption = caption(
        language,
        "Half of Osaka's startups live to their fifteenth year",
        "大阪のスタートアップの半数は15年生き残る",
    );
    caption.subtitle = name(
        language,
        (
            "Share not failed by age; listed and acquired startups are followed until then",
            "年齢別の存続率、上場・買収された社はその時点まで",
        ),
    );
    Survival { caption, lines: lines.collect() }
}

pub fn ladder(language: Language, count: usize) -> Ladder {
    let rungs = [
        ("Founded", "創業"),
        ("First round", "第1回調達"),
        ("Second round", "第2回調達"),
        ("Third round", "第3回調達"),
        ("Fourth or later", "第4回以降"),
        ("Listed", "上場"),
    ];
    let climbs = (0..count).map(|at| {
        let start = [412.0, 230.0, 3920.0, 96.0][at % 4];
        Climb {
            heading: cluster(language, [1, 2, 5, 0][at % 4]),
            counts: [1.0, 0.46, 0.35, 0.28, 0.22, 0.03].map(|share: f64| (start * share).round()).into(),
            money: [f64::NAN, 0.12, 0.4, 0.9, 2.2, 0.8].map(|share| share * start * 1e8).into(),
        }
    });
    let mut caption = caption(
        language,
        "One in two startups in Osaka finds a first round, one in thirty is listed",
        "大阪の創業の半数が第1回調達に進み、上場は30社に1社",
    );
    caption.subtitle = name(
        language,
        ("Startups founded 2024–2053 and the money they raised, JPY", "2024〜2053年に創業した社数と調達額(円)"),
    );
    Ladder {
        caption,
        money: ValueKind::Yen,
        rungs: rungs.map(|rung| name(language, rung)).into(),
        climbs: climbs.collect(),
    }
}

const SEATS: [(f64, f64); 8] = [
    (35.03, 135.78),
    (34.69, 135.49),
    (34.66, 135.22),
    (35.69, 139.77),
    (35.34, 139.5),
    (42.36, -71.09),
    (37.66, -122.39),
    (51.53, -0.13),
];

pub fn map(language: Language, bay: bool) -> MapChart {
    let place = |at: usize| Place {
        label: cluster(language, at),
        latitude: SEATS[at].0,
        longitude: SEATS[at].1,
        kind: if [1, 2, 5].contains(&at) { PlaceKind::Focus } else { PlaceKind::Context },
        value: CLUSTERS[at].2,
    };
    let mut places: Vec<Place> = (0..8).map(place).collect();
    let flows = flows(language, 8, ValueKind::Count);
    let pairs = (0..8).flat_map(|from| (0..8).map(move |to| (from, to))).filter(|(from, to)| from != to);
    let links = pairs.map(|(from, to)| MapLink { from, to, amount: flows.amounts[from][to] }).collect();
    if bay {
        places.extend(bay_landmarks(language));
    }
    let mut caption = if bay {
        caption(
            language,
            "Osaka and Kobe lie half an hour apart on one bay",
            "大阪と神戸は一つの湾を挟んで半時間の距離",
        )
    } else {
        caption(
            language,
            "Most of what links Japan and the world goes to Boston",
            "日本と世界の結びつきはボストンが最大",
        )
    };
    caption.subtitle = name(
        language,
        (
            "Startups alive in 2053 (discs) and people who moved, 2024–2053 (lines)",
            "2053年のスタートアップ数(円)と2024〜2053年の人の移動(線)",
        ),
    );
    MapChart { caption, values: ValueKind::Count, amounts: ValueKind::Count, places, links }
}

/// Every chart worth looking at, by file stem.
pub fn pictures() -> Vec<(String, Picture)> {
    let mut all = Vec::new();
    for (prefix, language) in [("", Language::English), ("ja-", Language::Japanese)] {
        let mut add = |stem: &str, picture: Result<Picture, PlotError>| {
            all.push((format!("{prefix}{stem}"), picture.unwrap()));
        };
        add("fan-one", fan_chart(&fan(language, &[1])));
        add("fan", fan_chart(&fan(language, &[1, 2, 5])));
        add("difference-one", difference_chart(&differences(language, 2, &[1])));
        add("difference", difference_chart(&differences(language, 3, &[1, 2, 5, 0])));
        add("forest-one", forest_chart(&forest(language, 9, &[1])));
        add("forest", forest_chart(&forest(language, 9, &[1, 2, 5])));
        add("forest-40", forest_chart(&forest(language, 40, &[1, 2, 5, 3])));
        add("tornado", tornado_chart(&tornado(language)));
        add("best", ranking_chart(&ranking(language, 8)));
        add("best-40", ranking_chart(&ranking(language, 40)));
        add("regret", regret_chart(&regret(language, 6, 5)));
        add("regret-many", regret_chart(&regret(language, 17, 14)));
        add("regret-40", regret_chart(&regret(language, 40, 36)));
        add("sankey", sankey_chart(&flows(language, 8, ValueKind::Count)));
        add("sankey-20", sankey_chart(&flows(language, 20, ValueKind::Count)));
        add("matrix", flow_matrix_chart(&flows(language, 8, ValueKind::Yen)));
        add("network", network_chart(&network(language, 4, 40)));
        add("network-one", network_chart(&network(language, 1, 40)));
        add("survival", survival_chart(&survival(language, 3)));
        add("survival-8", survival_chart(&survival(language, 8)));
        add("ladder", ladder_chart(&ladder(language, 3)));
        add("ladder-one", ladder_chart(&ladder(language, 1)));
        add("bay", bay_map(&map(language, true)));
        add("world", world_map(&map(language, false)));
    }
    all
}

/// Charts of nothing, of too much, and of values that no chart expects.
pub fn extremes() -> Vec<(String, Picture)> {
    let mut all = Vec::new();
    let mut add = |stem: String, picture: Result<Picture, PlotError>| all.push((stem, picture.unwrap()));
    let language = Language::English;
    let long = "A name that nobody would choose, which is longer than any column of any chart can hold, 大阪".repeat(2);
    add("fan-none".into(), fan_chart(&fan(language, &[])));
    add("difference-none".into(), difference_chart(&differences(language, 0, &[])));
    add("difference-17".into(), difference_chart(&differences(language, 17, &[0, 1, 2, 3, 4, 5, 6, 7])));
    add("forest-none".into(), forest_chart(&forest(language, 0, &[])));
    add("forest-no-rows".into(), forest_chart(&forest(language, 0, &[1])));
    add("forest-300".into(), forest_chart(&forest(language, 300, &[0, 1, 2, 3, 4, 5, 6, 7])));
    add("regret-none".into(), regret_chart(&regret(language, 0, 0)));
    add("regret-one".into(), regret_chart(&regret(language, 1, 1)));
    add("regret-200".into(), regret_chart(&regret(language, 200, 200)));
    add("ranking-none".into(), ranking_chart(&ranking(language, 0)));
    add("ranking-1000".into(), ranking_chart(&ranking(language, 1000)));
    for count in [0, 1, 60] {
        add(format!("sankey-{count}"), sankey_chart(&flows(language, count, ValueKind::Yen)));
        add(format!("matrix-{count}"), flow_matrix_chart(&flows(language, count, ValueKind::Yen)));
        add(format!("network-{count}"), network_chart(&network(language, count, 3)));
        add(format!("survival-{count}"), survival_chart(&survival(language, count.min(17))));
        add(format!("ladder-{count}"), ladder_chart(&ladder(language, count)));
    }
    add("network-crowd".into(), network_chart(&network(language, 1, 3_000)));
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1e300, 1e300, 1e-300, -7e12] {
        let interval = Interval { low: -value, mid: value, high: value * 2.0 };
        let stem = |chart: &str| format!("{chart} {value:e}");
        let mut odd = fan(language, &[1]);
        odd.panels[0].heading.clone_from(&long);
        odd.panels[0].hindcast[5] = interval;
        odd.panels[0].forecast[20] = FanPoint { median: value, edges: [(value, -value); 3] };
        odd.panels[0].observed = vec![value; 99];
        add(stem("fan"), fan_chart(&odd));
        let mut odd = forest(language, 2, &[1]);
        odd.rows[0].clone_from(&long);
        odd.columns[0].heading.clone_from(&long);
        odd.columns[0].intervals = vec![interval; 5];
        add(stem("forest"), forest_chart(&odd));
        let mut odd = tornado(language);
        odd.levers[0].label.clone_from(&long);
        odd.levers[1].low = Arm { input: long.clone(), outcome: value };
        add(stem("tornado"), tornado_chart(&odd));
        odd.base = value;
        add(stem("tornado-base"), tornado_chart(&odd));
        odd.levers.clear();
        add(stem("tornado-none"), tornado_chart(&odd));
        let mut odd = ranking(language, 3);
        odd.candidates[1] = Candidate { label: long.clone(), share: interval, baseline: true };
        add(stem("ranking"), ranking_chart(&odd));
        let mut odd = regret(language, 3, 3);
        odd.policies[1] = (long.clone(), vec![value; 9]);
        odd.futures[0].clone_from(&long);
        add(stem("regret"), regret_chart(&odd));
        let mut odd = flows(language, 4, ValueKind::Count);
        odd.nodes[0].label.clone_from(&long);
        odd.amounts[1] = vec![value; 9];
        odd.amounts.truncate(3);
        add(stem("sankey"), sankey_chart(&odd));
        add(stem("matrix"), flow_matrix_chart(&odd));
        odd.amounts = vec![vec![value; 4]; 4];
        add(stem("sankey-all"), sankey_chart(&odd));
        add(stem("matrix-all"), flow_matrix_chart(&odd));
        let mut odd = network(language, 2, 1);
        odd.groups[0].label.clone_from(&long);
        odd.nodes[0].group = 99;
        odd.snapshots[0].links = vec![(0, 999), (1, 2)];
        odd.snapshots[1].remark.clone_from(&long);
        add(stem("network"), network_chart(&odd));
        odd.groups.clear();
        add(stem("network-no-groups"), network_chart(&odd));
        let mut odd = survival(language, 2);
        odd.lines[0].label.clone_from(&long);
        odd.lines[0].alive[7] = interval;
        odd.lines[1].alive = vec![interval];
        odd.lines[1].at_risk.clear();
        add(stem("survival"), survival_chart(&odd));
        let mut odd = ladder(language, 2);
        odd.rungs[0].clone_from(&long);
        odd.climbs[0].counts = vec![value; 3];
        odd.climbs[1].money = vec![value; 30];
        add(stem("ladder"), ladder_chart(&odd));
        for bay in [true, false] {
            let mut odd = map(language, bay);
            odd.places[0].label.clone_from(&long);
            odd.places[1].value = value;
            odd.places[2].latitude = value;
            odd.places[3].longitude = value;
            odd.links[0].amount = value;
            odd.links[1].from = 999;
            let draw = if bay { bay_map } else { world_map };
            add(stem("map"), draw(&odd));
            odd.places.clear();
            add(stem("map-none"), draw(&odd));
        }
    }
    all
}
