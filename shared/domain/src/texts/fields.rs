//! What is wrong with a field or a photo.

use super::Row;

pub(super) const TEXTS: &[Row] = &[
    (
        "field.already_approved",
        "这笔资金已经批准，不用再等。",
        "This budget line was approved already, so there is nothing to wait for.",
    ),
    (
        "field.bad_character",
        "这里有看不见的特殊符号，请删掉后重新输入。",
        "This contains hidden special characters. Please remove them and type it again.",
    ),
    (
        "field.before_and_after",
        "服务队办结要有维修前和维修后的照片。",
        "A team needs one photo from before and one from after the work.",
    ),
    (
        "field.duplicate",
        "这一项填了两次，请只留一次。",
        "This is given twice. Please keep only one.",
    ),
    (
        "field.ended",
        "那件事已经了结，不能再并进去。请填一件还在办理的事的编号。",
        "That case has ended. Please name one that is still open.",
    ),
    (
        "field.ends_before",
        "结束日期不能早于开始日期。",
        "This ends before it begins.",
    ),
    (
        "field.extension_out_of_range",
        "超过了这类事项允许延长的天数。",
        "This is more time than this kind of case allows.",
    ),
    (
        "field.fixed",
        "这一项定下以后不能再改。",
        "This cannot be changed any more.",
    ),
    (
        "field.helps_already",
        "这个单位已经在协办。",
        "This unit helps with the case already.",
    ),
    (
        "field.in_use",
        "还有人员、下级单位、分类或未办结的诉求在用，不能停用或调走。",
        "People, units below, categories or open cases still need it, so it cannot be retired or moved.",
    ),
    (
        "field.incomplete",
        "现行日历里的年份一年也不能少，中间也不能断。",
        "Every year of the calendar in force must be there, and none may be missing in between.",
    ),
    (
        "field.invalid",
        "这一项填得不对。",
        "This is not filled in correctly.",
    ),
    (
        "field.is_deputy",
        "这个人正在替别人代岗，请先为那位同事另选代岗人。",
        "This person stands in for somebody else. Name that colleague another deputy first.",
    ),
    (
        "field.last_operator",
        "至少要留一位系统管理员。",
        "At least one operator must remain.",
    ),
    (
        "field.must_be_signed",
        "督办要由领导签批，不能直接批准。",
        "Supervision is signed by a leader and cannot be approved like this.",
    ),
    (
        "field.no_colleague",
        "代岗人要在同一单位或上级单位任职。",
        "A deputy must work in the same unit or in one above it.",
    ),
    (
        "field.no_consent",
        "居民没有同意公开，不能公开。",
        "The reporter did not agree to publication.",
    ),
    (
        "field.no_such_event",
        "这件事的经过里没有这一条。",
        "The history of the case has no such entry.",
    ),
    (
        "field.no_such_list_here",
        "部门和服务队只有在办清单，请用 list=open，再按状态筛选。",
        "A department or team has the list of open cases only. Use list=open and filter by state.",
    ),
    (
        "field.not_a_co_handler",
        "这个单位没有协办这件事。",
        "This unit does not help with the case.",
    ),
    (
        "field.not_a_department",
        "这里要填区直部门。",
        "This must be a department of the district.",
    ),
    (
        "field.not_assignable",
        "这件事不能交给这个单位。",
        "The case cannot be given to this unit.",
    ),
    (
        "field.not_below",
        "只能交回办过这件事的下级单位。",
        "It can be handed back only to a lower unit that had it.",
    ),
    (
        "field.not_boolean",
        "这一项只能填“是”或“否”。",
        "This must be yes or no (true or false).",
    ),
    (
        "field.not_for_this_reason",
        "这个挂起原因不用填这一项。",
        "This is not given with this reason.",
    ),
    (
        "field.not_in_unit",
        "这个人不在该单位。",
        "This person does not belong to the unit.",
    ),
    (
        "field.not_integer",
        "这一项要填整数。",
        "This must be a whole number.",
    ),
    (
        "field.not_list",
        "这一项应当是一个列表。",
        "This must be a list.",
    ),
    (
        "field.not_number",
        "这一项要填数字。",
        "This must be a number.",
    ),
    (
        "field.not_object",
        "这一项应当由几个小项组成。",
        "This must be an object with named fields.",
    ),
    (
        "field.not_recognized",
        "这一项填的内容我们认不出来，请重新选择或填写。",
        "We do not recognize this value. Please choose or enter it again.",
    ),
    ("field.not_text", "这一项要填文字。", "This must be text."),
    (
        "field.not_what_is_signed",
        "内容在您阅读之后有变化，请重新阅读再签。",
        "The words have changed since you read them. Please read them again before signing.",
    ),
    (
        "field.not_your_name",
        "请填写您本人的姓名。",
        "Please write your own name.",
    ),
    (
        "field.one_district",
        "只能有一个区。",
        "There is exactly one district.",
    ),
    (
        "field.one_level_up_only",
        "只能上报给上一级单位。",
        "A case can be handed up one level only.",
    ),
    (
        "field.operator_apart",
        "系统管理员不办理诉求，不能兼任其他职务，也只能由系统管理员代岗。",
        "Operators see no cases: they hold no other post, and only another operator stands in for them.",
    ),
    (
        "field.out_of_range",
        "这个数要在 {min} 到 {max} 之间。",
        "This number must be between {min} and {max}.",
    ),
    (
        "field.own",
        "不能修改自己的职务，请由另一位管理员修改。",
        "Nobody changes their own posts. Please ask another operator.",
    ),
    (
        "field.own_deputy",
        "不能由自己代岗。",
        "Nobody can be their own deputy.",
    ),
    (
        "field.parts_out_of_range",
        "要拆分成 2 到 5 件。",
        "A case is split into 2 to 5 parts.",
    ),
    (
        "field.photo_before_reopening",
        "这张照片是重新办理之前拍的，请上传新照片。",
        "This photo is from before the case was reopened. Please upload a new one.",
    ),
    (
        "field.photo_expired",
        "这张照片没有按时传到，请重新上传。",
        "This photo did not arrive in time. Please upload it again.",
    ),
    (
        "field.photo_hidden",
        "这张照片已设为不显示。要公开，请先取消不显示。",
        "This photo is hidden. Please show it again before you publish it.",
    ),
    (
        "field.photo_missing",
        "没有这张照片，请核对照片编号。",
        "There is no such photo. Please check its number.",
    ),
    (
        "field.photo_not_ready",
        "这张照片还没有处理好，请稍后再试。",
        "This photo is not ready yet. Please try again shortly.",
    ),
    (
        "field.photo_of_reporter",
        "这是居民拍的照片，办结要用工作人员拍的照片。",
        "This is the reporter's photo. A photo by staff must prove the work.",
    ),
    (
        "field.photo_rejected",
        "这张照片没有通过检查，请另传一张。",
        "This photo was refused. Please upload another one.",
    ),
    ("field.required", "这一项必须填写。", "This is required."),
    (
        "field.required_when_hidden",
        "不再显示内容，必须写明理由，只有工作人员会看到。",
        "Taking something from view needs a reason, which only staff will see.",
    ),
    (
        "field.required_when_promise_moves",
        "要改变承诺的时间，必须写明理由，居民会看到。",
        "Moving the promised time needs a reason, which the resident will see.",
    ),
    (
        "field.retired",
        "这个单位已经停用。",
        "This unit was retired.",
    ),
    (
        "field.review_out_of_range",
        "下次研究的时间必须在今后 30 天之内；等待居民的，在 5 个工作日之内。",
        "The next look must lie within 30 days, or 5 working days when the resident is waited for.",
    ),
    (
        "field.same_case",
        "不能和自己合并，请填另一件事的编号。",
        "A case cannot be merged with itself. Please name another one.",
    ),
    (
        "field.same_matter",
        "这两件事本来就是一件事拆分出来的，不能合并。",
        "One of the two cases is a part of the other. They cannot be merged.",
    ),
    (
        "field.slot_out_of_range",
        "结束时间要晚于开始时间，最长 12 小时。",
        "The slot must end after it begins and last at most 12 hours.",
    ),
    (
        "field.too_few",
        "数量不够，至少是 {min}。",
        "There must be at least {min}.",
    ),
    (
        "field.too_long",
        "写得太长了，最多 {max} 个字。",
        "This is too long. At most {max} characters are allowed.",
    ),
    (
        "field.too_many",
        "数量太多，上限是 {max}。",
        "These are too many. At most {max} are allowed.",
    ),
    (
        "field.too_short",
        "写得太短了，至少 {min} 个字。",
        "This is too short. At least {min} characters are needed.",
    ),
    (
        "field.twice",
        "同样的内容列了两次。",
        "This is listed twice.",
    ),
    (
        "field.unknown",
        "列表里没有这一项，请重新选择。",
        "This one does not exist. Please choose from the list.",
    ),
    (
        "field.unknown_category",
        "有一部分的类别不存在。",
        "The category of a part does not exist.",
    ),
    (
        "field.unknown_field",
        "没有这一项，请删掉。",
        "There is no such field. Please remove it.",
    ),
    (
        "field.visit_out_of_range",
        "上门时间要在今后 30 天之内。",
        "The visit must lie within the next 30 days.",
    ),
    (
        "field.wrong_parent",
        "这类单位不能设在这个单位下面。",
        "A unit of this kind cannot hang under that one.",
    ),
    (
        "field.wrong_role",
        "这类单位没有这个职务。",
        "A unit of this kind has no such post.",
    ),
    (
        "field.wrong_weekday",
        "这一天不属于这一栏：工作日放假填 off，周末放假填 off_weekend，周末上班填 work。",
        "This day does not belong in this list: weekdays off are off, weekend days off are off_weekend, weekend days worked are work.",
    ),
    (
        "field.wrong_year",
        "这一天不在这一年。",
        "This day is not in this year.",
    ),
    (
        "personal.identity_card",
        "这里可能有身份证号码，公开前请核对。",
        "This may be an identity card number. Please check before you publish it.",
    ),
    (
        "personal.name",
        "这里可能有姓名，公开前请核对。",
        "This may be a name. Please check before you publish it.",
    ),
    (
        "personal.phone",
        "这里可能有电话号码，公开前请核对。",
        "This may be a telephone number. Please check before you publish it.",
    ),
    (
        "personal.plate",
        "这里可能有车牌号码，公开前请核对。",
        "This may be a number plate. Please check before you publish it.",
    ),
    (
        "personal.room",
        "这里可能有门牌房号，公开前请核对。",
        "This may be a flat or room number. Please check before you publish it.",
    ),
    (
        "photo.animated",
        "这是动图，只能收普通照片。",
        "This is an animated picture. Only still photos can be taken in.",
    ),
    (
        "photo.corrupt",
        "照片文件已损坏，打不开。",
        "The photo file is damaged and cannot be opened.",
    ),
    (
        "photo.empty",
        "照片文件是空的。",
        "The photo file is empty.",
    ),
    (
        "photo.expired",
        "照片没有按时传到。",
        "The photo did not arrive in time.",
    ),
    (
        "photo.too_many_bytes",
        "照片文件太大，最多 10 MB。",
        "The photo file is too large. At most 10 MB are allowed.",
    ),
    (
        "photo.too_many_pixels",
        "照片尺寸太大。以后请用手机的普通模式拍摄。",
        "The picture is too large. Next time, please use the camera's normal mode.",
    ),
    (
        "photo.truncated",
        "照片没有传完整。",
        "The photo did not arrive completely.",
    ),
    (
        "photo.unsupported_avif",
        "这是 AVIF 格式，打不开。以后请用 JPEG 格式的照片。",
        "This is an AVIF picture, which cannot be opened. Next time, please use a JPEG photo.",
    ),
    (
        "photo.unsupported_format",
        "这个文件不是照片，或者格式打不开。以后请用 JPEG 格式的照片。",
        "This is not a photo, or a kind that cannot be opened. Next time, please use a JPEG photo.",
    ),
    (
        "photo.unsupported_gif",
        "这是 GIF 图片，打不开。以后请用 JPEG 格式的照片。",
        "This is a GIF picture, which cannot be opened. Next time, please use a JPEG photo.",
    ),
    (
        "photo.unsupported_heic",
        "这是苹果手机的 HEIC 格式，打不开。以后请先在相机设置里选“兼容性最佳”再拍。",
        "This is a HEIC picture, which cannot be opened. Next time, please choose \"Most Compatible\" in the camera's settings first.",
    ),
    (
        "photo.unsupported_jpeg",
        "这种少见的 JPEG 打不开。以后请用手机直接拍照。",
        "This rare kind of JPEG cannot be opened. Next time, please take the photo with a phone.",
    ),
    (
        "photo.unsupported_svg",
        "这是图形文件，不是照片。",
        "This is a drawing, not a photo.",
    ),
    (
        "photo.wrong_length",
        "收到的照片和登记时的大小不一样。",
        "The photo's size differs from what was announced.",
    ),
];
