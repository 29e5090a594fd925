fn main() {
    let a: Vec<String> = std::env::args().collect();
    let read = scenario::read(&scenario::Disk, &a[1]);
    let r = rehearsal::prepare(&read.scenario.unwrap(), "x").unwrap();
    let n: u64 = a[2].parse().unwrap();
    let t = std::time::Instant::now();
    let mut held = 0;
    for seed in 0..n {
        held += r.holds(seed).iter().filter(|x| **x).count();
    }
    println!("{:?} per run, held {held}", t.elapsed() / n as u32);
}
