//! Who is who: names of people and units from the seed.

use zhitiao_domain::kernel::org::Role;
use zhitiao_local::BoxError;
use zhitiao_store::DirectoryData;
use zhitiao_tests::world::workspace;

/// The people and units of the district.
pub(crate) struct Names {
    data: DirectoryData,
}

impl Names {
    pub(crate) fn read() -> Result<Self, BoxError> {
        let data = DirectoryData::from_folder(&workspace().join("infra/seed"))?;
        Ok(Self { data })
    }

    /// A person by id: `张伟 Zhang Wei`.
    pub(crate) fn person(&self, id: &str) -> String {
        let staff = &self.data.staff;
        let found = staff.iter().find(|person| person.id.as_str() == id);
        let name = found.map_or("", |person| person.name.as_str());
        format!("{name} {}", spelled(id))
    }

    /// Who holds the roles in the unit, each with the role.
    pub(crate) fn holders(&self, unit: &str, roles: &[Role]) -> Vec<String> {
        let posts = self.data.staff.iter().flat_map(|person| {
            let posts = person.posts.iter();
            posts.map(move |post| (person, post))
        });
        posts
            .filter(|(_, post)| post.unit.as_str() == unit && roles.contains(&post.role))
            .map(|(person, post)| format!("{} ({})", person.name, role(post.role)))
            .collect()
    }

    /// A unit by id: its Chinese name.
    pub(crate) fn unit<'a>(&'a self, id: &'a str) -> &'a str {
        let units = &self.data.units;
        let found = units.iter().find(|unit| unit.id.as_str() == id);
        found.map_or(id, |unit| &unit.name.zh)
    }
}

/// `zhang.wei` as a name: `Zhang Wei`.
fn spelled(id: &str) -> String {
    let words = id.split('.').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The role beside the name of its unit, which says the rest.
fn role(role: Role) -> &'static str {
    match role {
        Role::GridWorker => "grid worker",
        Role::DeskOfficer => "desk officer",
        Role::Handler => "handler",
        Role::CommunityDirector | Role::SubdistrictDirector => "director",
        Role::SubdistrictSecretary => "secretary",
        Role::DepartmentHead => "head",
        Role::DepartmentLiaison => "liaison",
        Role::TeamMember => "team member",
        Role::DistrictSupervisor => "supervisor",
        Role::Operator => "operator",
    }
}
