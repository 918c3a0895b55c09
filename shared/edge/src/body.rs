//! Declarations of what callers send: one for the reader and for the API description.

use std::ops::RangeInclusive;

use serde_json::Value;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{
    ArrayBuilder, KnownFormat, Object, ObjectBuilder, OneOfBuilder, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr, Required, Schema};
use utoipa::{Number, ToSchema};

/// Declares a request body or the parameters of a query: its reader and its schema come from the same lines.
///
/// A field has its type, `required` or `optional`, and the method of [`Field`](crate::Field) that reads it. A list
/// names how its items are read, an object the `body!` and the function that reads it. `or` names the value of a field
/// that is left out. `..` reads the fields of another `body!` as fields of this one. Doc comments become descriptions.
///
/// The struct has the fields that are declared, and `read` builds it. `=> Target` builds a struct or a variant of
/// another enum with the same fields instead. `with (…)` names what the expressions need beside the field.
///
/// ```
/// use zhitiao_edge::{JsonBody, body};
///
/// body! {
///     /// A report.
///     struct ReportBody {
///         /// What is wrong.
///         text: String = required text(1..=4000),
///         /// The photos.
///         photos: Vec<Photo> = optional list(0..=9, object(PhotoBody::read)) or Vec::new(),
///     }
/// }
///
/// #[derive(Debug)]
/// struct Photo { bytes: u32 }
///
/// body! {
///     /// A photo.
///     struct PhotoBody => Photo {
///         /// Its length.
///         #[example(1000)]
///         bytes: u32 = required integer(1..=10_485_760),
///     }
/// }
///
/// let body = JsonBody::parse(br#"{"text": "", "photos": [{"bytes": 0}], "role": "admin"}"#)?;
/// let problem = body.read(ReportBody::read).map(|report| (report.text, report.photos)).unwrap_err();
/// let faults: Vec<_> = problem.faults().iter().map(|f| (&*f.field, f.code)).collect();
/// assert_eq!(faults, [("text", "required"), ("photos[0].bytes", "out_of_range"), ("role", "unknown_field")]);
/// # Ok::<(), zhitiao_edge::Problem>(())
/// ```
#[macro_export]
macro_rules! body {
    (
        $(#[doc = $about:expr])+
        $(#[derive($($derive:ident),+)])?
        $visibility:vis struct $name:ident $(with ($($with:ident: $with_type:ty),+))? {
            $($fields:tt)*
        }
    ) => {
        $crate::body! { @struct [$(#[doc = $about])+ $(#[derive($($derive),+)])?] $visibility $name { $($fields)* } }
        $crate::body! { @read $visibility $name [Self] [Self] [$($($with: $with_type),+)?] { $($fields)* } }
        $crate::body! { @describe $name [$($about),+] { $($fields)* } }
    };
    (
        $(#[doc = $about:expr])+
        $visibility:vis struct $name:ident $(with ($($with:ident: $with_type:ty),+))?
            => $target:ident $(:: $variant:ident)? {
            $($fields:tt)*
        }
    ) => {
        $(#[doc = $about])+
        $visibility enum $name {}
        $crate::body! {
            @read $visibility $name [$target] [$target $(:: $variant)?] [$($($with: $with_type),+)?] { $($fields)* }
        }
        $crate::body! { @describe $name [$($about),+] { $($fields)* } }
    };

    (@struct [$($attribute:tt)+] $visibility:vis $name:ident {
        $(
            $(#[doc = $doc:expr])+ $(#[example($example:expr)])?
            $field:ident: $type:ty = $presence:ident $kind:ident $(::<$of:ty>)? ($($args:tt)*) $(or $default:expr)?,
        )*
        $(..$rest:ident: $rest_type:ty = $part:ident :: $read:ident ($($arg:expr),*),)*
    }) => {
        $($attribute)+
        $visibility struct $name {
            $($(#[doc = $doc])+ $visibility $field: $type,)*
            $(#[doc = concat!("The fields of [`", stringify!($part), "`].")] $visibility $rest: $rest_type,)*
        }
    };

    (@read $visibility:vis $name:ident [$target:ty] [$($built:tt)+] [$($with:ident: $with_type:ty),*] {
        $(
            $(#[doc = $doc:expr])+ $(#[example($example:expr)])?
            $field:ident: $type:ty = $presence:ident $kind:ident $(::<$of:ty>)? ($($args:tt)*) $(or $default:expr)?,
        )*
        $(..$rest:ident: $rest_type:ty = $part:ident :: $read:ident ($($arg:expr),*),)*
    }) => {
        impl $name {
            /// Reads the fields.
            ///
            /// # Errors
            /// Every field error is noted in `f`.
            #[allow(unused_variables, reason = "an empty body reads nothing")]
            $visibility fn read(f: &mut $crate::Fields $(, $with: $with_type)*) -> Result<$target, $crate::FieldErrors> {
                $(
                    let $field: Result<$type, $crate::FieldErrors> =
                        f.$presence(stringify!($field), |v| $crate::body!(@value v, $kind $(::<$of>)? ($($args)*)))
                            $(.map(|value| value.unwrap_or_else(|| $default)))?;
                )*
                $(let $rest: Result<$rest_type, $crate::FieldErrors> = $part::$read(f $(, $arg)*);)*
                Ok($($built)+ { $($field: $field?,)* $($rest: $rest?,)* })
            }
        }
    };
    (@value $v:ident, list($len:expr, $($item:tt)+)) => {
        $v.list($len, |v| $crate::body!(@value v, $($item)+)).map(::core::iter::FromIterator::from_iter)
    };
    (@value $v:ident, object($part:ident :: $read:ident $(, $arg:expr)*)) => {
        $v.object(|f| $part::$read(f $(, $arg)*))
    };
    (@value $v:ident, $kind:ident $(::<$of:ty>)? ($($args:tt)*)) => { $v.$kind $(::<$of>)? ($($args)*) };

    (@describe $name:ident [$($about:expr),+] {
        $(
            $(#[doc = $doc:expr])+ $(#[example($example:expr)])?
            $field:ident: $type:ty = $presence:ident $kind:ident $(::<$of:ty>)? ($($args:tt)*) $(or $default:expr)?,
        )*
        $(..$rest:ident: $rest_type:ty = $part:ident :: $read:ident ($($arg:expr),*),)*
    }) => {
        impl $crate::body::Body for $name {
            fn about() -> String {
                $crate::body::prose(&[$($about.as_ref()),+])
            }

            fn fields() -> Vec<$crate::body::Described> {
                let own: Vec<$crate::body::Described> = vec![$(
                    $crate::body::Described {
                        name: stringify!($field),
                        about: $crate::body::prose(&[$($doc.as_ref()),+]),
                        example: $crate::body!(@example $($example)?),
                        required: stringify!($presence) == "required",
                        shape: $crate::body!(@shape $kind ($($args)*)),
                    },
                )*];
                let parts: Vec<Vec<$crate::body::Described>> = vec![$(<$part as $crate::body::Body>::fields(),)*];
                own.into_iter().chain(parts.into_iter().flatten()).collect()
            }
        }
        $crate::body::describe!($name);
    };
    (@example) => { None };
    (@example $example:expr) => { Some($example.into()) };
    (@shape text($chars:expr)) => { $crate::body::Shape::text($chars) };
    (@shape line($chars:expr)) => { $crate::body::Shape::text($chars) };
    (@shape verbatim($chars:expr, $parse:expr)) => { $crate::body::Shape::text($chars) };
    (@shape integer($range:expr)) => { $crate::body::Shape::integer($range) };
    (@shape number($range:expr)) => { $crate::body::Shape::number($range) };
    (@shape boolean()) => { $crate::body::Shape::boolean() };
    (@shape list($len:expr, $($item:tt)+)) => {
        $crate::body::Shape::list($len, $crate::body!(@shape $($item)+))
    };
    (@shape object($part:ident :: $($reader:tt)+)) => { $crate::body::Shape::object::<$part>() };
    (@shape $kind:ident $($rest:tt)+) => { $crate::body::Shape::string() };
}

/// Gives a [`Body`] the traits by which a route names it.
#[doc(hidden)]
#[macro_export]
macro_rules! describe_body {
    ($name:ident) => {
        impl $crate::body::utoipa::PartialSchema for $name {
            fn schema()
            -> $crate::body::utoipa::openapi::RefOr<$crate::body::utoipa::openapi::Schema> {
                $crate::body::schema::<Self>()
            }
        }

        impl $crate::body::utoipa::ToSchema for $name {
            fn schemas(known: &mut $crate::body::Schemas) {
                $crate::body::collect::<Self>(known);
            }
        }

        impl $crate::body::utoipa::IntoParams for $name {
            fn into_params(
                _: impl Fn() -> Option<$crate::body::utoipa::openapi::path::ParameterIn>,
            ) -> Vec<$crate::body::utoipa::openapi::path::Parameter> {
                $crate::body::parameters::<Self>()
            }
        }
    };
}
#[doc(hidden)]
pub use {describe_body as describe, utoipa};

/// The schemas of a description by name.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// What [`body!`](crate::body!) declares, as the API description needs it.
pub trait Body: ToSchema {
    /// What it is.
    fn about() -> String;

    /// Its fields, with those of its parts.
    fn fields() -> Vec<Described>;
}

/// One field of a [`Body`].
pub struct Described {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it is.
    pub about: String,
    /// A value that it may have.
    pub example: Option<Value>,
    /// Whether it must be there.
    pub required: bool,
    /// What values it takes.
    pub shape: Shape,
}

/// What values a field takes, after the method of [`Field`](crate::Field) that reads it.
pub enum Shape {
    /// A text, a number, or yes or no.
    Plain(Type, Box<Object>),
    /// A list of so many items.
    List(RangeInclusive<usize>, Box<Self>),
    /// An object that is declared by itself.
    Object(String, fn(&mut Schemas)),
}

impl Shape {
    fn plain(kind: Type, object: ObjectBuilder) -> Self {
        Self::Plain(kind, Box::new(object.build()))
    }

    /// A text that a parser reads.
    pub fn string() -> Self {
        Self::plain(Type::String, ObjectBuilder::new())
    }

    /// A text of so many characters.
    pub fn text(chars: RangeInclusive<usize>) -> Self {
        let (min, max) = chars.into_inner();
        // A text of one character at least is a field that is there: `required` says so.
        let min = (min > 1).then_some(min);
        let object = ObjectBuilder::new().min_length(min).max_length(Some(max));
        Self::plain(Type::String, object)
    }

    /// A whole number in a range.
    pub fn integer(range: RangeInclusive<impl TryInto<i64>>) -> Self {
        let (min, max) = range.into_inner();
        let (min, max) = (
            min.try_into().unwrap_or(i64::MAX),
            max.try_into().unwrap_or(i64::MAX),
        );
        let format = match i32::try_from(max) {
            Ok(_) => KnownFormat::Int32,
            Err(_) => KnownFormat::Int64,
        };
        let object = ObjectBuilder::new()
            .format(Some(SchemaFormat::KnownFormat(format)))
            .minimum(Some(min))
            .maximum(Some(max));
        Self::plain(Type::Integer, object)
    }

    /// A number in a range.
    pub fn number(range: RangeInclusive<f64>) -> Self {
        let object = ObjectBuilder::new()
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
            .minimum(Some(Number::from(*range.start())))
            .maximum(Some(Number::from(*range.end())));
        Self::plain(Type::Number, object)
    }

    /// Yes or no.
    pub fn boolean() -> Self {
        Self::plain(Type::Boolean, ObjectBuilder::new())
    }

    /// A list of so many items.
    pub fn list(len: RangeInclusive<usize>, item: Self) -> Self {
        Self::List(len, Box::new(item))
    }

    /// An object that is declared by itself.
    pub fn object<B: Body>() -> Self {
        Self::Object(B::name().into_owned(), |known| {
            known.push((B::name().into_owned(), B::schema()));
            B::schemas(known);
        })
    }

    fn schema(self, about: &str, example: Option<Value>, nullable: bool) -> RefOr<Schema> {
        let about = (!about.is_empty()).then(|| about.to_owned());
        let or_null = |kind: Type| {
            if nullable {
                SchemaType::from_iter([kind, Type::Null])
            } else {
                SchemaType::Type(kind)
            }
        };
        match self {
            Self::Plain(kind, mut object) => {
                object.schema_type = or_null(kind);
                object.description = about;
                object.example = example;
                (*object).into()
            }
            Self::List(len, item) => {
                let (min, max) = len.into_inner();
                ArrayBuilder::new()
                    .schema_type(or_null(Type::Array))
                    .items(item.schema("", None, false))
                    .description(about)
                    .min_items((min > 0).then_some(min))
                    .max_items(Some(max))
                    .into()
            }
            Self::Object(name, _) => {
                let mut named = Ref::from_schema_name(name);
                named.description = about.unwrap_or_default();
                if !nullable {
                    return named.into();
                }
                let null = ObjectBuilder::new().schema_type(Type::Null);
                OneOfBuilder::new().item(named).item(null).into()
            }
        }
    }

    fn collect(&self, known: &mut Schemas) {
        match self {
            Self::Plain(..) => {}
            Self::List(_, item) => item.collect(known),
            Self::Object(_, collect) => collect(known),
        }
    }
}

/// The lines of a doc comment as text.
pub fn prose(lines: &[&str]) -> String {
    let lines = lines
        .iter()
        .map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// The schema of a body.
pub fn schema<B: Body>() -> RefOr<Schema> {
    let about = Some(B::about());
    let object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(about);
    let add = |object: ObjectBuilder, field: Described| {
        let schema = field
            .shape
            .schema(&field.about, field.example, !field.required);
        let object = object.property(field.name, schema);
        if field.required {
            object.required(field.name)
        } else {
            object
        }
    };
    B::fields().into_iter().fold(object, add).into()
}

/// Adds the schemas that a body names.
pub fn collect<B: Body>(known: &mut Schemas) {
    for field in B::fields() {
        field.shape.collect(known);
    }
}

/// The fields as the parameters of a query.
pub fn parameters<B: Body>() -> Vec<Parameter> {
    let parameter = |field: Described| {
        let required = if field.required {
            Required::True
        } else {
            Required::False
        };
        ParameterBuilder::new()
            .name(field.name)
            .parameter_in(ParameterIn::Query)
            .description(Some(field.about))
            .required(required)
            .schema(Some(field.shape.schema("", field.example, false)))
            .build()
    };
    B::fields().into_iter().map(parameter).collect()
}

crate::body! {
    /// Nothing: `{}`.
    pub struct EmptyBody {}
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::PartialSchema;

    use crate::JsonBody;

    crate::body! {
        /// A thing.
        struct Thing {
            /// Its name.
            #[example("lamp")]
            name: String = required line(2..=40),
            /// Its parts.
            parts: Vec<u8> = optional list(1..=3, integer(1..=9)) or Vec::new(),
        }
    }

    #[test]
    fn the_description_has_the_limits_of_the_reader() {
        let described = serde_json::to_value(Thing::schema()).unwrap();
        let expected = json!({
            "type": "object",
            "description": "A thing.",
            "required": ["name"],
            "properties": {
                "name": {
                    "type": "string", "description": "Its name.", "example": "lamp", "minLength": 2, "maxLength": 40,
                },
                "parts": {
                    "type": ["array", "null"], "description": "Its parts.", "minItems": 1, "maxItems": 3,
                    "items": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 9},
                },
            },
        });
        assert_eq!(described, expected);

        let read = |json: &str| {
            let body = JsonBody::parse(json.as_bytes()).unwrap();
            let thing = body
                .read(Thing::read)
                .map(|thing| (thing.name, thing.parts));
            thing.map_err(|problem| problem.faults().len())
        };
        assert_eq!(read(r#"{"name": "lamp"}"#), Ok(("lamp".to_owned(), vec![])));
        assert_eq!(read(r#"{"name": "l", "parts": [0, 9]}"#), Err(2));
    }
}
