use trihelix::{record::*, scenario::*, simulate::simulate};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let sets: Vec<String> = args[2..].to_vec();
    let t = std::process::Command::new("date").arg("+%s.%N").output().unwrap();
    let now = || -> f64 {
        String::from_utf8(std::process::Command::new("date").arg("+%s.%N").output().unwrap().stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap()
    };
    let _ = t;
    let t0 = now();
    let (sc, w) = match Scenario::load(std::path::Path::new(&args[1]), &[], &sets) {
        Ok(x) => x,
        Err(e) => {
            println!("{e}");
            return;
        }
    };
    println!("{} warnings; load {:.3}", w.len(), now() - t0);
    let t1 = now();
    let out = match simulate(&sc, std::env::var("SEED").ok().map_or(1, |s| s.parse().unwrap()), 0, &mut |_| {}) {
        Ok(o) => o,
        Err(e) => {
            println!("{e}");
            return;
        }
    };
    println!("run {:.3} events {} flows {}", now() - t1, out.events.len(), out.flows.entries.len());
    let spec = sc.spec_at(trihelix::units::Month(0));
    let c = spec.cluster.len();
    let names: Vec<&str> = spec.cluster.iter().map(|c| c.id.as_str()).chain(["all"]).collect();
    print!("{:24}{:>5}", "", "yr");
    for n in &names {
        print!("{:>13}", n)
    }
    println!();
    for (i, m) in METRICS.iter().enumerate() {
        for yr in [0usize, 1, 5, 10, 20, 30] {
            print!("{:24}{:>5}", m.name, yr);
            for k in 0..=c {
                let v = match &out.records.columns[i] {
                    Column::Integer(v) => {
                        let a = |mo: usize| v.get(mo * (c + 1) + k).copied().unwrap_or(0) as f64;
                        if m.kind == MetricKind::Flow {
                            if yr == 0 { (0..12).map(a).sum() } else { ((yr - 1) * 12..yr * 12).map(a).sum() }
                        } else if yr == 0 {
                            a(0)
                        } else {
                            a(yr * 12 - 1)
                        }
                    }
                    Column::Float(v) => v.get((yr.max(1) * 12 - 1) * (c + 1) + k).copied().unwrap_or(0.0),
                };
                if m.unit == "JPY" { print!("{:>13.1}", v / 1e9) } else { print!("{:>13.1}", v) }
            }
            println!();
        }
    }
    let mut kinds = std::collections::BTreeMap::new();
    for e in &out.events {
        *kinds.entry(format!("{:?}", e.kind)).or_insert(0) += 1;
    }
    println!("{kinds:?}");
}
