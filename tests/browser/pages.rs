//! Writes the pages that `browser.mjs` opens: `report_pages OUT REPORTS`.
//!
//! `zoo.html` shows the reports in a folder, those of the zoo. `compared.html` compares them with
//! made-up older reports. In `known.html` every other finding is known. `many.html` shows a sweep
//! made here, of code that makes 100,000 requests; it needs `OOM_SWEEP_REPORT_DIR`, so that reports
//! are written with all details. `filled.html` is the same with a fault recorded for each request,
//! because a real sweep of them would take hours. `hostile.html` has names that contain markup.
//! `cells.html` has 397 requests, a finding at every seventh, sizes up to the greatest, and one id
//! for all sites.

mod catalog;

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use oom_sweep::report::{html, read_folder};
use oom_sweep::{FaultAlloc, Report, Strategy, Sweep};
use serde_json::{Value, from_value, json, to_value};

#[global_allocator]
static ALLOC: FaultAlloc = FaultAlloc::system();

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let written = match arguments.iter().map(Path::new).collect::<Vec<_>>().as_slice() {
        [out, reports] => write(out, reports),
        _ => Err("usage: report_pages OUT REPORTS".to_owned()),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("report_pages: {error}");
            ExitCode::from(2)
        }
    }
}

fn write(out: &Path, reports: &Path) -> Result<(), String> {
    let page = |name: &str, reports: &[Report], before: Option<&[Report]>| {
        let path = out.join(name);
        let text = html(reports, before);
        println!("{}: {} bytes", path.display(), text.len());
        fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
    };
    let zoo = reports_in(reports)?;
    page("zoo.html", &zoo, None)?;
    page("known.html", &partly_known(&zoo)?, None)?;
    page("compared.html", &zoo, Some(&older(&zoo)?))?;
    let many = many()?;
    page("filled.html", &[filled(&many)?], None)?;
    page("cells.html", &[cells(&many)?], None)?;
    page("many.html", &[many], None)?;
    page("hostile.html", &[hostile(&zoo)?], None)
}

fn reports_in(folder: &Path) -> Result<Vec<Report>, String> {
    let documents = read_folder(folder)?;
    Ok(documents.into_iter().flat_map(|(_, document)| document.reports).collect())
}

/// The report in the folder to which sweeps here report, with stacks, like that of a test.
fn many() -> Result<Report, String> {
    let name = "catalog::load, 100,000 requests";
    let sweep = Sweep::new(name).strategy(Strategy::UniqueSites { per_site: 2 });
    drop(sweep.run(catalog::load));
    let folder = env::var("OOM_SWEEP_REPORT_DIR");
    let folder = folder.map_err(|_| "OOM_SWEEP_REPORT_DIR is not set".to_owned())?;
    let reports = reports_in(Path::new(&folder))?;
    reports.into_iter().find(|report| report.name() == name).ok_or("it has no report".to_owned())
}

fn changed(report: &Report, change: impl FnOnce(&mut Value)) -> Result<Report, String> {
    let mut value = to_value(report).map_err(|error| error.to_string())?;
    change(&mut value);
    from_value(value).map_err(|error| error.to_string())
}

fn filled(report: &Report) -> Result<Report, String> {
    changed(report, |value| {
        let requests = report.requests();
        value["name"] = json!("catalog::load, every request");
        value["strategy"] = json!("every-request");
        value["coverage"]["requests"] = json!(format!("0-{}", requests - 1));
        value["plans"] = json!(2 * requests);
        value["runs"] = json!(2 * requests);
    })
}

/// Made-up results of few requests, so that a cell of the timeline is some pixels wide.
fn cells(report: &Report) -> Result<Report, String> {
    let requests = 397;
    let finding = report.findings().first().ok_or("the sweep of the catalogue found nothing")?;
    let mut finding = to_value(finding).map_err(|error| error.to_string())?;
    let failed = (0..requests).step_by(7).map(|number| format!("nth:{number}/succeed"));
    finding["plans"] = json!(failed.collect::<Vec<_>>());
    finding["temperatures"] = json!(["warm"]);
    changed(report, |value| {
        value["name"] = json!("cells");
        value["requests"] = json!(requests);
        value["coverage"]["requests"] = json!(format!("0-{}", requests - 1));
        value["findings"] = json!([finding]);
        value["after"] = json!(["succeed"]);
        // As if all were lines of one function.
        let sites = value["site_ids"].as_array_mut().expect("the value is a JSON array");
        sites.fill(finding["site"].clone());
        value["profile"]["sizes"] = json!(format!("1024000,{}*{}", u64::MAX, requests - 1));
    })
}

/// Made-up older reports: some lack their first findings, and some have findings that no longer
/// exist.
fn older(reports: &[Report]) -> Result<Vec<Report>, String> {
    let age = |(index, report): (usize, &Report)| {
        changed(report, |value| {
            let findings = value["findings"].as_array_mut().expect("the value is a JSON array");
            match (index % 3, findings.is_empty()) {
                (0, false) => drop(findings.remove(0)),
                (1, false) => findings[0]["site"] = json!("0badcafe"),
                _ => {}
            }
        })
    };
    reports.iter().enumerate().map(age).collect()
}

/// Marks every other finding as known.
fn partly_known(reports: &[Report]) -> Result<Vec<Report>, String> {
    let halve = |(index, report): (usize, &Report)| {
        changed(report, |value| {
            let findings = value["findings"].as_array_mut().expect("the value is a JSON array");
            findings.iter_mut().skip(index % 2).step_by(2).for_each(|finding| {
                finding["status"] = json!("known");
            });
        })
    };
    reports.iter().enumerate().map(halve).collect()
}

fn hostile(reports: &[Report]) -> Result<Report, String> {
    let evil = "</script><script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">";
    let broken = reports.iter().find(|report| !report.findings().is_empty());
    changed(broken.ok_or("no report has a finding")?, |value| {
        value["name"] = json!(evil);
        value["notes"] = json!([evil]);
        let finding = &mut value["findings"][0];
        for part in ["message", "returned", "afterwards", "replay"] {
            finding[part] = json!(evil);
        }
        finding["stack"] = json!([{ "function": evil, "file": evil, "line": 1 }]);
    })
}
