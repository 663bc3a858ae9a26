//! How the toolkit is told to draw on each rung, and which graphics card or processor that means.
//! Choosing the rung is the ladder's job.

use super::loss::Loss;
use crate::options::Rung;
use eframe::egui::{Pos2, Vec2, ViewportBuilder};
use eframe::egui_wgpu::{NativeAdapterSelectorMethod, SurfaceErrorAction, WgpuSetup, WgpuSetupCreateNew};
use eframe::wgpu::{self, Backend, Backends, CurrentSurfaceTexture, DeviceType};
use std::sync::Arc;

pub(super) const TITLE: &str = "Consult Desk";
const SIZE: [f32; 2] = [1280.0, 800.0];
const LEAST_SIZE: [f32; 2] = [640.0, 480.0];

/// Where the window stood that is made anew, in the system's own points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Site {
    /// `None` where the system does not tell (Wayland).
    pub place: Option<Pos2>,
    pub size: Vec2,
    pub is_maximized: bool,
    pub is_fullscreen: bool,
}

pub(super) fn options(rung: Rung, site: Option<Site>, loss: &Loss) -> eframe::NativeOptions {
    let mut options = eframe::NativeOptions {
        viewport: viewport(site),
        renderer: if rung == Rung::Glow { eframe::Renderer::Glow } else { eframe::Renderer::Wgpu },
        // It smooths gradients, of which there are none here, and is a fifth of the work where a processor draws.
        dithering: false,
        // It would begin to look through them just when the first picture is drawn.
        system_font_fallback: false,
        ..Default::default()
    };
    if rung != Rung::Glow {
        options.wgpu_options.wgpu_setup = WgpuSetup::CreateNew(setup(rung));
        options.wgpu_options.on_surface_status = on_surface_status(loss);
    }
    options
}

fn viewport(site: Option<Site>) -> ViewportBuilder {
    let mut viewport = ViewportBuilder::default()
        // The name of the menu entry too, or the desktop would not know that the window is its.
        .with_app_id("io.github.consult_desk.ConsultDesk")
        .with_icon(icon())
        .with_title(TITLE)
        .with_inner_size(site.map_or(Vec2::from(SIZE), |site| site.size))
        .with_min_inner_size(LEAST_SIZE);
    if let Some(site) = site {
        viewport.position = site.place;
        viewport = viewport.with_maximized(site.is_maximized).with_fullscreen(site.is_fullscreen);
    }
    viewport
}

/// A picture that could not be read leaves the system's own.
fn icon() -> eframe::egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon/consult-desk-128.png")).unwrap_or_default()
}

fn setup(rung: Rung) -> WgpuSetupCreateNew {
    let usual = WgpuSetupCreateNew::without_display_handle();
    let describe = Arc::clone(&usual.device_descriptor);
    let mut setup = WgpuSetupCreateNew {
        native_adapter_selector: Some(selector(rung)),
        // A desk draws text: little memory is worth more than many frames.
        device_descriptor: Arc::new(move |adapter| wgpu::DeviceDescriptor {
            memory_hints: wgpu::MemoryHints::MemoryUsage,
            ..describe(adapter)
        }),
        ..usual
    };
    // OpenGL is a rung of its own.
    setup.instance_descriptor.backends = Backends::from_env().unwrap_or(Backends::PRIMARY);
    setup
}

fn selector(rung: Rung) -> NativeAdapterSelectorMethod {
    Arc::new(move |adapters, surface| {
        let fits = |adapter: &&wgpu::Adapter| surface.is_none_or(|surface| adapter.is_surface_supported(surface));
        let ranked = adapters.iter().filter(fits).filter_map(|adapter| {
            let facts = adapter.get_info();
            rank(rung, facts.device_type, facts.backend).map(|rank| (rank, adapter))
        });
        let best = ranked.min_by_key(|(rank, _)| *rank).map(|(_, adapter)| adapter.clone());
        best.ok_or_else(|| format!("none of {} ways of drawing is {}", adapters.len(), rung.name()))
    })
}

/// The lower, the sooner it is taken; `None` belongs to another rung. The card that is built in comes before one that
/// wakes up for games, and what the system itself draws with before what was installed on top.
fn rank(rung: Rung, device: DeviceType, backend: Backend) -> Option<(u8, u8)> {
    let device = match (rung, device) {
        (Rung::WgpuSoftware, DeviceType::Cpu) | (Rung::WgpuHardware, DeviceType::IntegratedGpu) => 0,
        (Rung::WgpuHardware, DeviceType::DiscreteGpu) => 1,
        (Rung::WgpuHardware, DeviceType::VirtualGpu) => 2,
        (Rung::WgpuHardware, DeviceType::Other) => 3,
        _ => return None,
    };
    let backend = match backend {
        Backend::Metal | Backend::Dx12 => 0,
        Backend::Vulkan => 1,
        _ => 2,
    };
    Some((device, backend))
}

/// A surface that is merely out of date, as after a change of the screen, is set up again; one that is lost is made
/// again; one that stays lost is the end of this window.
fn on_surface_status(loss: &Loss) -> Arc<dyn Fn(&CurrentSurfaceTexture) -> SurfaceErrorAction + Send + Sync> {
    let loss = loss.clone();
    Arc::new(move |status| match status {
        CurrentSurfaceTexture::Outdated => SurfaceErrorAction::Reconfigure,
        CurrentSurfaceTexture::Lost => {
            loss.surface_was_lost();
            SurfaceErrorAction::RecreateSurface
        }
        CurrentSurfaceTexture::Timeout => {
            loss.ask_for_a_frame();
            SurfaceErrorAction::SkipFrame
        }
        _ => SurfaceErrorAction::SkipFrame,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hardware_and_software_never_stand_in_for_each_other() {
        for backend in [Backend::Vulkan, Backend::Dx12, Backend::Metal] {
            assert_eq!(rank(Rung::WgpuHardware, DeviceType::Cpu, backend), None);
            for device in [DeviceType::IntegratedGpu, DeviceType::DiscreteGpu, DeviceType::VirtualGpu] {
                assert_eq!(rank(Rung::WgpuSoftware, device, backend), None);
                assert!(rank(Rung::WgpuHardware, device, backend).is_some());
            }
        }
    }

    #[test]
    fn the_built_in_card_and_the_systems_own_way_come_first() {
        let of = |device, backend| rank(Rung::WgpuHardware, device, backend).expect("a rank");
        assert!(
            of(DeviceType::IntegratedGpu, Backend::Vulkan) < of(DeviceType::DiscreteGpu, Backend::Dx12),
            "the card first"
        );
        assert!(of(DeviceType::DiscreteGpu, Backend::Dx12) < of(DeviceType::DiscreteGpu, Backend::Vulkan));
    }

    #[test]
    fn a_window_that_is_made_anew_stands_where_it_stood() {
        let site = Site {
            place: Some(Pos2::new(40.0, 50.0)),
            size: Vec2::new(900.0, 700.0),
            is_maximized: true,
            is_fullscreen: false,
        };
        let made = viewport(Some(site));
        assert_eq!((made.position, made.inner_size, made.maximized), (site.place, Some(site.size), Some(true)));
        assert_eq!(viewport(None).inner_size, Some(Vec2::from(SIZE)));
    }
}
