//! Components that every screen is made of, with all their states.
//!
//! What it owns: how things look and how they are reached by pointer, touch and keys. What it never does: ask the kernel.

mod badge;
pub mod browser;
mod button;
mod card;
mod chunked;
mod code;
#[cfg(test)]
mod contrast;
mod crumbs;
mod diff;
mod field;
pub mod format;
mod gallery;
mod glyph;
mod icon;
mod ids;
mod markdown;
mod menu;
mod notice;
mod overlay;
mod plot;
mod progress;
mod shortcut;
mod split;
mod state;
mod table;
mod tabs;
mod time;
mod tone;

pub use badge::{
    Avatar, AvatarProps, Badge, BadgeProps, Count, CountProps, StateBadge, StateBadgeProps, Tag, TagProps,
};
pub use button::{Button, ButtonProps, IconButton, IconButtonProps, Size, Variant};
pub use card::{Card, CardProps, ListRow, ListRowProps};
pub use chunked::{ChunkedList, ChunkedListProps};
pub use code::{Code, CodeProps, CopyButton, CopyButtonProps, copy};
pub use crumbs::{Breadcrumbs, BreadcrumbsProps, Crumb};
pub use diff::{Change, Changes, Diff, DiffProps, Row, changes};
pub use field::{
    Checkbox, CheckboxProps, Choice, Combobox, ComboboxProps, Control, Field, FieldProps, NumberInput,
    NumberInputProps, PasswordInput, PasswordInputProps, RadioCards, RadioCardsProps, SearchField, SearchFieldProps,
    Segmented, SegmentedProps, Select, SelectProps, Slider, SliderProps, Switch, SwitchProps, TextArea, TextAreaProps,
    TextInput, TextInputProps, use_control,
};
pub use gallery::Gallery;
pub use glyph::Glyph;
pub use icon::{Icon, IconProps};
pub use ids::use_id;
pub use markdown::{Markdown, MarkdownProps};
pub use menu::{ContextMenu, ContextMenuProps, Menu, MenuButton, MenuButtonProps, MenuEntry, MenuItem, MenuProps};
pub use notice::{
    Banner, BannerProps, EmptyState, EmptyStateProps, ErrorState, ErrorStateProps, NoticeCard, NoticeCardProps,
};
pub use overlay::{
    Align, Anchor, ConfirmDialog, ConfirmDialogProps, Dialog, DialogProps, DialogSize, Extent, Floating, FloatingProps,
    Frame, Place, Popover, PopoverProps, Portal, PortalProps, Side, Tooltip, TooltipProps, focusable, focused, place,
    use_focus_return,
};
pub use plot::{
    Bar, Bars, BarsProps, Figure, Plot, PlotKind, PlotProps, Scale, Series, Sparkline, SparklineProps, Unit, ticks,
};
pub use progress::{Meter, MeterProps, Progress, ProgressProps, Skeleton, SkeletonProps, Spinner, SpinnerProps};
pub use shortcut::{Kbd, KbdProps, Pressed, Shortcut, use_mac};
pub use split::{SplitPane, SplitPaneProps};
pub use state::set;
pub use table::{Column, Sort, Table, TableProps, TableRow, TableRowProps};
pub use tabs::{Tab, TabPanel, TabPanelProps, Tabs, TabsProps};
pub use time::{TimeAgo, TimeAgoProps};
pub use tone::{Tone, WorkState};
