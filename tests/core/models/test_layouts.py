"""Which file plays which part, wherever the files lie."""

from __future__ import annotations

from cxr_grounding.models.layouts import HELD, LAYOUTS, cast_anywhere, cast_of

MODEL = LAYOUTS["monai"]["model"]


def test_the_usual_name_goes_before_the_others() -> None:
    names = {"models/autoencoder.pth", "models/model.pt", "models/diffusion_model.pth"}
    cast = cast_of(MODEL, names)
    assert cast.by_role == {"autoencoder": "models/autoencoder.pth", "unet": "models/diffusion_model.pth"}
    assert cast.missing == ()


def test_files_are_found_in_a_folder_of_an_archive_together() -> None:
    names = {"bundle/models/autoencoder.pt", "bundle/models/model.pt", "bundle/configs/inference.json"}
    assert cast_anywhere(MODEL, names).by_role == {
        "autoencoder": "bundle/models/autoencoder.pt",
        "unet": "bundle/models/model.pt",
        "config": "bundle/configs/inference.json",
    }


def test_the_two_files_alone_in_a_folder_will_do() -> None:
    assert cast_anywhere(MODEL, {"autoencoder.pth", "diffusion_model.pth"}).missing == ()


def test_files_of_two_folders_are_not_mixed() -> None:
    assert cast_anywhere(MODEL, {"a/models/autoencoder.pt", "b/models/model.pt"}).missing == (
        "models/diffusion_model.pt",
    )


def test_every_side_has_its_words() -> None:
    assert {name: set(sides) for name, sides in HELD.items()} == {name: set(sides) for name, sides in LAYOUTS.items()}
