//! Controls that take what a person enters, and the frame with their label.

mod choice;
mod combobox;
mod frame;
mod number;
mod props;
mod secret;
mod select;
mod slider;
mod text;
mod toggle;

pub use choice::{Choice, RadioCards, RadioCardsProps, Segmented, SegmentedProps};
pub use combobox::{Combobox, ComboboxProps};
pub use frame::{Control, Field, FieldProps, use_control};
pub use number::{NumberInput, NumberInputProps};
pub use secret::{PasswordInput, PasswordInputProps};
pub use select::{Select, SelectProps};
pub use slider::{Slider, SliderProps};
pub use text::{SearchField, SearchFieldProps, TextArea, TextAreaProps, TextInput, TextInputProps};
pub use toggle::{Checkbox, CheckboxProps, Switch, SwitchProps};
